package main

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/problem"
)

func ginEngine(s *service) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	g := gin.New() // not gin.Default, which has a Logger and a Recovery
	g.HandleMethodNotAllowed = true
	g.Use(ginLayers([]layer{limit})...)
	g.NoRoute(ginStatus(http.StatusNotFound))
	g.NoMethod(ginStatus(http.StatusMethodNotAllowed))

	read := append(ginLayers(s.read()), func(c *gin.Context) {
		p, version, err := s.people.get(c.Request.Context(), c.Param("id"))
		if err != nil {
			problem.Write(c.Writer, c.Request, err)
			return
		}
		etag.Set(c.Writer, c.Request, etag.Version(version))
		c.Header("Content-Type", accepted(c.Request.Context()))
		c.JSON(http.StatusOK, p)
	})
	g.Match([]string{"GET", "HEAD"}, "/people/:id", read...)
	g.PUT("/people/:id", append(ginLayers(s.write()), func(c *gin.Context) {
		var p person
		err := problem.ReadJSON(c.Request, &p) // in place of c.BindJSON, which writes a 400 of its own
		var version int64
		if err == nil {
			version, err = s.people.put(c.Request.Context(), c.Param("id"), seenVersion(c.Request.Context()), p)
		}
		if err != nil {
			problem.Write(c.Writer, c.Request, err)
			return
		}
		etag.Set(c.Writer, c.Request, etag.Version(version))
		c.Status(http.StatusNoContent)
	})...)
	for path, h := range s.wire() {
		g.Match([]string{"GET", "HEAD"}, path, gin.WrapF(h))
	}
	return s.edge(g)
}

// ginStatus takes the place of gin's own 404 and 405, which are plain text.
func ginStatus(status int) gin.HandlerFunc {
	return func(c *gin.Context) {
		problem.Write(c.Writer, c.Request, problem.Wrap(status, nil))
		c.Writer.WriteHeaderNow() // on HEAD nothing is written, and gin would go on
	}
}

// ginLayers are net/http layers as gin's. They put gin's path values and route
// into the request, where find and the access log look for them.
func ginLayers(layers []layer) []gin.HandlerFunc {
	all := []gin.HandlerFunc{func(c *gin.Context) {
		for _, p := range c.Params {
			c.Request.SetPathValue(p.Key, p.Value)
		}
		c.Request.Pattern = c.FullPath()
	}}
	for _, l := range layers {
		all = append(all, func(c *gin.Context) {
			outer, refused := c.Writer, true
			l(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				refused = false
				c.Request = r
				if w != http.ResponseWriter(outer) { // the layer has put its own writer before gin's
					inner := &ginWriter{ResponseWriter: outer, layer: w}
					c.Writer = inner
					defer func() { c.Writer = outer }()
					defer inner.WriteHeaderNow()
				}
				c.Next()
			})).ServeHTTP(outer, c.Request)
			if refused {
				c.Abort()
			}
		})
	}
	return all
}

package main

import (
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"
)

func init() { gin.SetMode(gin.ReleaseMode) } // else it prints

// gin has a logger, a recoverer, negotiation and JSON. Request id, tenant,
// content type, precondition and document are written by hand, as its
// documentation writes middleware. It has nothing for a computed tag.
var (
	ginEdge = on("gin", func(s setting) http.Handler {
		e := ginEngine(s.log)
		e.GET("/files/:id", func(c *gin.Context) {
			if c.Param("id") == "panic" {
				panic("early")
			}
			ginFile(c)
		})
		return e
	})
	ginChain = on("gin", func(s setting) http.Handler {
		e := ginEngine(s.log)
		route := e.Group("/files", ginTenant, ginContentType, ginAccept, ginGuard)
		route.GET("/:id", ginFile)
		route.PUT("/:id", func(c *gin.Context) { c.Status(http.StatusNoContent) })
		return e
	})
)

func ginEngine(out io.Writer) *gin.Engine {
	e := gin.New()
	e.Use(ginRequestID, gin.LoggerWithConfig(gin.LoggerConfig{Output: out, Formatter: ginLine}), gin.RecoveryWithWriter(io.Discard))
	return e
}

func ginRequestID(c *gin.Context) {
	id := leastID()
	c.Set("request_id", id)
	c.Header("X-Request-Id", id)
}

func ginLine(p gin.LogFormatterParams) string {
	return fmt.Sprintf(`{"level":"info","request_id":%q,"method":%q,"path":%q,"status":%d,"bytes":%d,"duration":%f,"message":"request"}`+"\n",
		p.Keys["request_id"], p.Method, p.Path, p.StatusCode, p.BodySize, float64(p.Latency)/1e6)
}

func ginFile(c *gin.Context) {
	c.Data(http.StatusOK, "application/json", stored[c.Param("id")])
}

func ginTenant(c *gin.Context) {
	id := c.GetHeader("X-Raet-Tenant-Id")
	if !slices.Contains(granted, id) {
		ginProblem(c, http.StatusForbidden, "no such tenant")
		return
	}
	c.Set("tenant", id)
	c.Writer.Header().Add("Vary", "X-Raet-Tenant-Id")
	c.Header("Cache-Control", "private, no-cache")
}

func ginContentType(c *gin.Context) {
	if c.Request.ContentLength != 0 && c.ContentType() != "application/json" {
		ginProblem(c, http.StatusUnsupportedMediaType, "not JSON")
	}
}

func ginAccept(c *gin.Context) {
	mediaType := c.NegotiateFormat(typeJSON, typeXML)
	if mediaType == "" {
		ginProblem(c, http.StatusNotAcceptable, "not acceptable")
		return
	}
	c.Set("media_type", mediaType)
	c.Writer.Header().Add("Vary", "Accept")
}

func ginGuard(c *gin.Context) {
	if stored[c.Param("id")] == nil {
		ginProblem(c, http.StatusNotFound, "no such file")
		return
	}
	read := c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead
	match := c.GetHeader("If-Match")
	if !read && match == "" {
		return
	}
	tag := fileTag(c.GetString("tenant"), c.GetString("media_type"))
	if read || match != tag {
		c.Header("ETag", tag)
	}
	switch {
	case read && c.GetHeader("If-None-Match") == tag:
		c.AbortWithStatus(http.StatusNotModified)
	case match != "" && match != tag:
		ginProblem(c, http.StatusConflict, "record changed")
	}
}

type ginDocument struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	RequestID string `json:"requestId"`
}

func ginProblem(c *gin.Context, status int, detail string) {
	c.Header("Content-Type", "application/problem+json")
	c.Header("Cache-Control", "no-store")
	c.Header("X-Content-Type-Options", "nosniff")
	c.AbortWithStatusJSON(status, &ginDocument{"about:blank", http.StatusText(status), status, detail, c.GetString("request_id")})
}

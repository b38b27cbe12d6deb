package main

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/problem"
)

func echoRouter(s *service) http.Handler {
	e := echo.New()
	e.HTTPErrorHandler = echoError
	e.Use(echoLayers([]layer{limit})...)
	e.Match([]string{"GET", "HEAD"}, "/people/:id", func(c echo.Context) error {
		p, version, err := s.people.get(c.Request().Context(), c.Param("id"))
		if err != nil {
			return err
		}
		etag.Set(c.Response(), c.Request(), etag.Version(version))
		c.Response().Header().Set("Content-Type", accepted(c.Request().Context()))
		return c.JSON(http.StatusOK, p)
	}, echoLayers(s.read())...)
	e.PUT("/people/:id", func(c echo.Context) error {
		var p person
		if err := problem.ReadJSON(c.Request(), &p); err != nil { // in place of c.Bind, which reads leniently
			return err
		}
		version, err := s.people.put(c.Request().Context(), c.Param("id"), seenVersion(c.Request().Context()), p)
		if err != nil {
			return err
		}
		etag.Set(c.Response(), c.Request(), etag.Version(version))
		return c.NoContent(http.StatusNoContent)
	}, echoLayers(s.write())...)
	for path, h := range s.wire() {
		e.Match([]string{"GET", "HEAD"}, path, echo.WrapHandler(h))
	}
	return s.edge(e) // no Logger, Recover, RequestID or BodyLimit of echo's
}

// echoError makes problem documents of what handlers return, and of echo's own
// errors, whose message is for the log.
func echoError(err error, c echo.Context) {
	var own *echo.HTTPError
	if errors.As(err, &own) && !errors.As(err, new(*problem.Error)) {
		err = problem.Wrap(own.Code, err)
	}
	problem.Write(c.Response(), c.Request(), err)
}

// echoLayers are net/http layers as echo's. They put echo's path values and
// route into the request, where find and the access log look for them.
func echoLayers(layers []layer) []echo.MiddlewareFunc {
	all := []echo.MiddlewareFunc{func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			for i, name := range c.ParamNames() {
				c.Request().SetPathValue(name, c.ParamValues()[i])
			}
			c.Request().Pattern = c.Path()
			return next(c)
		}
	}}
	for _, l := range layers {
		all = append(all, echoLayer(l))
	}
	return all
}

// echoLayer is echo.WrapMiddleware, but for an error: it is written inside of the
// layer. Behind it, a layer that has to know the response, as etag.Computed has,
// would have ended it: with a 200.
func echoLayer(l layer) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			l(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				c.SetRequest(r)
				c.SetResponse(echo.NewResponse(w, c.Echo()))
				if err := next(c); err != nil {
					c.Error(err)
				}
			})).ServeHTTP(c.Response(), c.Request())
			return nil
		}
	}
}

package main

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/problem"
)

// echo5Router is echoRouter for version 5 of echo.
func echo5Router(s *service) http.Handler {
	e := echo.New()
	e.HTTPErrorHandler = echo5Error
	e.Use(echo5Layers([]layer{limit})...)
	e.Match([]string{"GET", "HEAD"}, "/people/:id", func(c *echo.Context) error {
		p, version, err := s.people.get(c.Request().Context(), c.Param("id"))
		if err != nil {
			return err
		}
		etag.Set(c.Response(), c.Request(), etag.Version(version))
		c.Response().Header().Set("Content-Type", accepted(c.Request().Context()))
		return c.JSON(http.StatusOK, p)
	}, echo5Layers(s.read())...)
	e.PUT("/people/:id", func(c *echo.Context) error {
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
	}, echo5Layers(s.write())...)
	for path, h := range s.wire() {
		e.Match([]string{"GET", "HEAD"}, path, echo.WrapHandler(h))
	}
	return s.edge(e)
}

// echo5Error makes problem documents of what handlers return, and of echo's own
// errors, whose message is for the log.
func echo5Error(c *echo.Context, err error) {
	if status := echo.StatusCode(err); status >= 400 && !errors.As(err, new(*problem.Error)) {
		err = problem.Wrap(status, err)
	}
	problem.Write(c.Response(), c.Request(), err)
}

// echo5Layers are net/http layers as echo's. An error is written inside of them, as
// echoLayer explains.
func echo5Layers(layers []layer) (all []echo.MiddlewareFunc) {
	for _, l := range layers {
		all = append(all, echo.WrapMiddleware(l), func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error {
				if err := next(c); err != nil {
					echo5Error(c, err)
				}
				return nil
			}
		})
	}
	return all
}

package main

import (
	"io"
	"net"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/etag"
	"github.com/gofiber/fiber/v3/middleware/logger"
	recoverer "github.com/gofiber/fiber/v3/middleware/recover"
	"github.com/gofiber/fiber/v3/middleware/requestid"
)

// fiber has an edge, negotiation, conditions of reads and computed tags. It is
// another server, and so it is shown and not counted.
var (
	fiberEdge = service{"fiber", true, func(l net.Listener, s setting) error {
		app := fiberApp(s.log)
		app.Get("/files/:id", func(c fiber.Ctx) error {
			if c.Params("id") == "panic" {
				panic("early")
			}
			return fiberFile(c)
		})
		return app.Listener(l, fiber.ListenConfig{DisableStartupMessage: true})
	}}
	fiberChain = service{"fiber", true, func(l net.Listener, s setting) error {
		app := fiberApp(s.log)
		app.Get("/files/:id", fiberTenant, fiberContentType, fiberAccept, fiberGuard, fiberFile)
		app.Put("/files/:id", fiberTenant, fiberContentType, fiberAccept, fiberGuard, func(c fiber.Ctx) error {
			return c.SendStatus(fiber.StatusNoContent)
		})
		app.Get("/computed/:id", fiberTenant, fiberContentType, fiberAccept, etag.New(), fiberFile)
		return app.Listener(l, fiber.ListenConfig{DisableStartupMessage: true})
	}}
)

func fiberApp(out io.Writer) *fiber.App {
	app := fiber.New()
	app.Use(requestid.New(), logger.New(logger.Config{
		Stream:        out,
		DisableColors: true,
		CustomTags: map[string]logger.LogFunc{"size": func(out logger.Buffer, c fiber.Ctx, _ *logger.Data, _ string) (int, error) {
			return out.WriteString(strconv.Itoa(len(c.Response().Body()))) // the header does not know it yet
		}},
		Format: `{"level":"info","request_id":"${respHeader:X-Request-Id}","method":"${method}","path":"${path}",` +
			`"status":${status},"bytes":${size},"duration":"${latency}","message":"request"}` + "\n",
	}), recoverer.New())
	return app
}

func fiberFile(c fiber.Ctx) error {
	c.Set("Content-Type", "application/json")
	return c.Send(stored[c.Params("id")])
}

func fiberTenant(c fiber.Ctx) error {
	id := c.Get("X-Raet-Tenant-Id")
	if !slices.Contains(granted, id) {
		return fiberProblem(c, fiber.StatusForbidden, "no such tenant")
	}
	c.Locals("tenant", id)
	c.Vary("X-Raet-Tenant-Id")
	c.Set("Cache-Control", "private, no-cache")
	return c.Next()
}

func fiberContentType(c fiber.Ctx) error {
	if len(c.Request().Body()) > 0 && !c.Is("json") {
		return fiberProblem(c, fiber.StatusUnsupportedMediaType, "not JSON")
	}
	return c.Next()
}

func fiberAccept(c fiber.Ctx) error {
	mediaType := c.Accepts(typeJSON, typeXML)
	if mediaType == "" {
		return fiberProblem(c, fiber.StatusNotAcceptable, "not acceptable")
	}
	c.Locals("media_type", mediaType)
	c.Vary("Accept")
	return c.Next()
}

func fiberGuard(c fiber.Ctx) error {
	if stored[c.Params("id")] == nil {
		return fiberProblem(c, fiber.StatusNotFound, "no such file")
	}
	tag := fileTag(fiber.Locals[string](c, "tenant"), fiber.Locals[string](c, "media_type"))
	match := c.Get("If-Match")
	if match != "" && match != tag {
		c.Set("ETag", tag)
		return fiberProblem(c, fiber.StatusConflict, "record changed")
	}
	if c.Method() == fiber.MethodGet {
		c.Set("ETag", tag)
		if c.Fresh() {
			return c.SendStatus(fiber.StatusNotModified)
		}
	}
	return c.Next()
}

func fiberProblem(c fiber.Ctx, status int, detail string) error {
	c.Set("Cache-Control", "no-store")
	c.Set("X-Content-Type-Options", "nosniff")
	return c.Status(status).JSON(fiber.Map{
		"type": "about:blank", "title": "refused", "status": status, "detail": detail, "requestId": requestid.FromContext(c),
	}, "application/problem+json")
}

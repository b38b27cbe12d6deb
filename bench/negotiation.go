package main

import (
	"net/http"
	"net/http/httptest"

	"github.com/danielgtaylor/huma/v2/negotiation"
	"github.com/elnormous/contenttype"
	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v3"
	"github.com/golang/gddo/httputil"
	"github.com/munnerz/goautoneg"
	"github.com/valyala/fasthttp"
)

// An accept is what a client wants (the lines of its Accept field) and what
// the server has, its favourite first.
type accept struct {
	lines, offers []string
}

// negotiators return the offer they choose, "" for none. huma's takes a
// string and gets what huma itself gives it, which is Header.Get: the first
// line.
var negotiators = []library[accept]{
	{ours, negotiateOurs},
	{"gddo", func(in accept) op {
		r := request(http.MethodGet, http.Header{"Accept": in.lines})
		return func() string { return httputil.NegotiateContentType(r, in.offers, "") }
	}},
	{"contenttype", func(in accept) op {
		r := request(http.MethodGet, http.Header{"Accept": in.lines})
		offers := make([]contenttype.MediaType, len(in.offers))
		for i, offer := range in.offers {
			offers[i] = contenttype.NewMediaType(offer)
		}
		return func() string {
			choice, _, err := contenttype.GetAcceptableMediaType(r, offers)
			if err != nil {
				return ""
			}
			for i := range offers {
				if offers[i].Type == choice.Type && offers[i].Subtype == choice.Subtype {
					return in.offers[i]
				}
			}
			return ""
		}
	}},
	{"goautoneg", func(in accept) op {
		if len(in.lines) > 1 {
			return nil // it takes a string: joining the lines is its caller's
		}
		line := first(in.lines)
		return func() string { return goautoneg.Negotiate(line, in.offers) }
	}},
	{"huma", func(in accept) op {
		line := first(in.lines)
		return func() string { return negotiation.SelectQValueFast(line, in.offers) }
	}},
	{"gin", func(in accept) op {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = request(http.MethodGet, http.Header{"Accept": in.lines})
		return func() string {
			c.Accepted = nil
			return c.NegotiateFormat(in.offers...)
		}
	}},
	{"fiber", func(in accept) op {
		c := fiber.New().AcquireCtx(&fasthttp.RequestCtx{})
		for _, line := range in.lines {
			c.Request().Header.Add("Accept", line)
		}
		return func() string { return c.Accepts(in.offers...) }
	}},
}

func first(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return lines[0]
}

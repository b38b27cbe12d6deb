package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"

	"github.com/justinas/alice"
	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/internal/mediatype"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

// negotiateOurs is what the Accept layer does for a request: the offers are checked
// when the chain is built.
func negotiateOurs(in accept) op {
	return func() string {
		if i := mediatype.Choose(in.lines, in.offers); i >= 0 {
			return in.offers[i]
		}
		return ""
	}
}

func contentTypeOurs(in content) op {
	return in.through(middleware.ContentType(taken...)(nothing))
}

func evaluateOurs(in condition) op {
	r, state := request(in.method, in.fields), in.state()
	return func() string {
		switch etag.Evaluate(r.Method, r.Header, state) {
		case 0:
			return "200"
		case http.StatusNotModified:
			return "304"
		default:
			return "412"
		}
	}
}

func (in condition) state() etag.State {
	if in.tag == "" {
		return etag.State{Absent: true}
	}
	tag, err := etag.Parse(in.tag)
	if err != nil {
		panic(err)
	}
	return etag.State{Tag: tag, Modified: in.modified}
}

var outOfCredit = &problem.Error{
	Type: problemType, Title: problemTitle, Status: http.StatusForbidden, Detail: problemDetail, Instance: problemInstance,
	Extensions: map[string]any{"balance": 30, "account": problemAccount},
}

func documentOurs(struct{}) op {
	return serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		problem.Write(w, r, outOfCredit)
	}), request(http.MethodGet, nil))
}

func accessLogOurs(r *http.Request) op {
	return serve(middleware.RequestID(middleware.AccessLog(zerolog.New(nowhere{}), nil)(small)), r)
}

var edgeOurs = edge{func(out io.Writer, h http.Handler) http.Handler {
	return middleware.Default(zerolog.New(out), nil).Then(h)
}, regexp.MustCompile(`"status":(\d+)`)}

func failureOurs(in failure) op {
	h := middleware.Default(zerolog.Nop(), nil).Then(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		for name, lines := range in.before {
			w.Header()[name] = lines
		}
		return errSecret
	}))
	return func() string {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/files/7", nil))
		return in.look(w.Result(), nil)
	}
}

func routedOurs(method string) op {
	mux := http.NewServeMux()
	mux.Handle("GET /files/7", small)
	return routed(middleware.Default(zerolog.Nop(), nil).Then(mux), method)
}

// guardOurs asks for the RFC to the letter (Strict).
func guardOurs(in condition) op {
	state := in.state()
	guard := etag.Guard(func(*http.Request) (etag.State, error) { return state, nil }, &etag.Options{Strict: true})
	return serve(guard(nothing), request(in.method, in.fields))
}

func computedOurs(in page) op {
	o := &etag.ComputedOptions{}
	if in.declared {
		o.Limit = 64 << 20 // for what is written at once it costs no memory
	}
	return in.through(etag.Computed(o))
}

func chainOurs(want int) op {
	h := middleware.Default(zerolog.New(nowhere{}), nil).
		Extend(routeOurs("application/json", "application/xml")).Append(etag.Computed(nil)).Then(small)
	return revalidating(h, want)
}

// routeOurs is the part of the chain that a route has for itself, without its
// precondition.
func routeOurs(offers ...string) alice.Chain {
	return alice.New(tenantOurs(), middleware.ContentType("application/json"), middleware.Accept(offers...))
}

func tenantOurs() alice.Constructor {
	grants := tenant.Grants{IDs: []tenant.ID{"1234567", "7654321"}, Multi: true}
	return tenant.Require(func(*http.Request) (tenant.Grants, error) { return grants, nil }, nil)
}

// edgeService is one route behind the edge.
func edgeService(s setting) http.Handler {
	return middleware.Default(zerolog.New(s.log), nil).Then(edgeRoutes())
}

// chainService is a service with all of the chain.
func chainService(s setting) http.Handler {
	version := etag.Version(7)
	guard := etag.Guard(func(r *http.Request) (etag.State, error) {
		if stored[r.PathValue("id")] == nil {
			return etag.State{}, problem.NotFound(nil)
		}
		return etag.State{Tag: version}, nil
	}, nil)
	tagged := func(next http.HandlerFunc) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			etag.Set(w, r, version)
			next(w, r)
		})
	}
	route := routeOurs("application/json", "application/xml")
	mux := http.NewServeMux()
	mux.Handle("GET /files/{id}", route.Append(guard).Then(tagged(getFile)))
	mux.Handle("PUT /files/{id}", route.Append(guard).ThenFunc(putFile))
	mux.Handle("GET /computed/{id}", route.Append(etag.Computed(nil)).ThenFunc(getFile))
	content := alice.New(tenantOurs(), middleware.BodyLimit(32<<20), middleware.ContentType(octets[0]), middleware.Accept(octets[0]), guard)
	mux.Handle("GET /content/{id}", content.Then(tagged(download(s.file))))
	mux.Handle("PUT /content/{id}", content.ThenFunc(upload))
	mux.Handle("GET /events/{id}", routeOurs(eventStream[0]).ThenFunc(events))
	return middleware.Default(zerolog.New(s.log), nil).Then(mux)
}

// headerOurs is the whole chain for a request that is right but for one field.
// A POST is one for a token, which has a chain of its own.
func headerOurs(method, name, line string) op {
	state := etag.State{Tag: etag.Strong("v7"), Modified: modified}
	route := alice.New(middleware.Bearer(func(ctx context.Context, token string) (context.Context, error) { return ctx, nil }, nil)).
		Extend(routeOurs("application/json", "application/xml")).
		Append(etag.Guard(func(*http.Request) (etag.State, error) { return state, nil }, nil))
	if method == http.MethodPost {
		route = alice.New(middleware.RequireNoCache)
	}
	r := content{method: method, body: "{}"}.request()
	for name, value := range map[string]string{
		"Accept": "application/json", "Authorization": "Bearer a", "Content-Type": "application/json",
		"X-Raet-Tenant-Id": "1234567", name: line,
	} {
		r.Header[name] = []string{value}
	}
	if name == "If-Range" {
		r.Header["Range"] = []string{"bytes=0-1"}
	}
	return serve(middleware.Default(zerolog.New(nowhere{}), nil).Extend(route).Then(nothing), r)
}

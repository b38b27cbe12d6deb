package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/httplog/v3"
	"github.com/gofiber/fiber/v3"
	"github.com/gorilla/handlers"
	"github.com/justinas/alice"
	"github.com/moogar0880/problems"
	"github.com/rs/zerolog"
)

// A visit is one request over a real connection to a handler behind a
// library's edge, and what to look at afterwards.
type visit struct {
	handler http.HandlerFunc
	fields  http.Header
	log     bool // it looks at the log, which some have not
	see     func(seen) string
}

// An edge puts a library's usual outer layers around a handler.
type edge struct {
	around func(out io.Writer, h http.Handler) http.Handler
	logged *regexp.Regexp // finds the status in its log line
}

var outerLayers = []library[visit]{
	{ours, edgeOurs.visited},
	{"net/http", edge{func(_ io.Writer, h http.Handler) http.Handler { return h }, nil}.visited},
	{"hlog", edge{func(out io.Writer, h http.Handler) http.Handler {
		return hlogChain(zerolog.New(out)).Then(h)
	}, regexp.MustCompile(`"status":(\d+)`)}.visited},
	{"chi", edge{func(out io.Writer, h http.Handler) http.Handler {
		f := quiet{&middleware.DefaultLogFormatter{Logger: log.New(out, "", 0), NoColor: true}}
		return alice.New(middleware.RequestID, middleware.RequestLogger(f), middleware.Recoverer).Then(h)
	}, regexp.MustCompile(` - (\d+) `)}.visited},
	{"httplog", edge{func(out io.Writer, h http.Handler) http.Handler {
		return httplog.RequestLogger(slog.New(slog.NewJSONHandler(out, nil)), nil)(h)
	}, regexp.MustCompile(`"http.response.status_code":(\d+)`)}.visited},
	{"gorilla", edge{func(out io.Writer, h http.Handler) http.Handler {
		return handlers.LoggingHandler(out, handlers.RecoveryHandler(handlers.RecoveryLogger(log.New(io.Discard, "", 0)))(h))
	}, regexp.MustCompile(`" (\d+) \d+\n`)}.visited},
	{"gin", edge{func(out io.Writer, h http.Handler) http.Handler {
		e := gin.New()
		e.Use(gin.LoggerWithWriter(out), gin.RecoveryWithWriter(io.Discard))
		e.Any("/*path", gin.WrapH(h))
		return e
	}, regexp.MustCompile(`\| +(\d+) \|`)}.visited},
}

// quiet keeps chi's recoverer from printing the stack to standard error.
type quiet struct{ middleware.LogFormatter }

func (q quiet) NewLogEntry(r *http.Request) middleware.LogEntry {
	return quietEntry{q.LogFormatter.NewLogEntry(r)}
}

type quietEntry struct{ middleware.LogEntry }

func (quietEntry) Panic(any, []byte) {}

func (e edge) visited(in visit) op {
	if e.around == nil || in.log && e.logged == nil {
		return nil
	}
	return func() string {
		var out bytes.Buffer
		srv := httptest.NewUnstartedServer(e.around(&out, in.handler))
		srv.Config.ErrorLog = log.New(io.Discard, "", 0)
		srv.Start()
		s := exchange{method: http.MethodGet, path: "/files/7", fields: in.fields}.once(srv.Listener.Addr().String())
		srv.Close() // waits for the handler, and so for the log line
		s.log = out.String()
		if e.logged != nil {
			if m := e.logged.FindStringSubmatch(s.log); m != nil {
				s.logged = m[1]
			}
		}
		return in.see(s)
	}
}

// A failure is a handler that ends with an error whose text is for the log,
// and what to look at in the response.
type failure struct {
	before http.Header // set by the handler before it failed
	see    func(*http.Response, string) string
}

var errSecret = errors.New("dial tcp 10.0.0.7:5432: password rejected for files_rw")

var failures = []library[failure]{
	{ours, failureOurs},
	{"net/http", func(in failure) op {
		return in.after(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		}))
	}},
	{"problems", func(in failure) op {
		return in.after(problems.ProblemHandler(problems.FromError(errSecret).WithStatus(http.StatusInternalServerError)))
	}},
	{"huma", func(in failure) op {
		mux := http.NewServeMux()
		huma.Register(humago.New(mux, huma.DefaultConfig("bench", "1")), huma.Operation{Method: http.MethodGet, Path: "/files/7"},
			func(context.Context, *struct{}) (*struct{}, error) { return nil, errSecret })
		return in.after(mux)
	}},
	{"fiber", func(in failure) op {
		app := fiber.New()
		app.Get("/files/7", func(c fiber.Ctx) error {
			for name := range in.before {
				c.Set(name, in.before.Get(name))
			}
			return errSecret
		})
		return func() string { return in.look(app.Test(httptest.NewRequest(http.MethodGet, "/files/7", nil))) }
	}},
}

// after is the op of h behind a handler that has set the fields.
func (in failure) after(h http.Handler) op {
	return func() string {
		w := httptest.NewRecorder()
		for name, lines := range in.before {
			w.Header()[name] = lines
		}
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/files/7", nil))
		return in.look(w.Result(), nil)
	}
}

func (in failure) look(resp *http.Response, err error) string {
	if err != nil {
		return err.Error()
	}
	body, _ := io.ReadAll(resp.Body)
	return in.see(resp, string(body))
}

// routers have one route, GET /files/7, and respond to the method that is the
// input with the status, and Allow if that field is there.
var routers = []library[string]{
	{ours, routedOurs},
	{"net/http", func(method string) op {
		mux := http.NewServeMux()
		mux.Handle("GET /files/7", small)
		return routed(mux, method)
	}},
	{"chi", func(method string) op {
		mux := chi.NewRouter()
		mux.Get("/files/7", small)
		return routed(mux, method)
	}},
	{"gin", func(method string) op {
		e := gin.New()
		e.GET("/files/7", gin.WrapF(small))
		return routed(e, method)
	}},
	{"fiber", func(method string) op {
		app := fiber.New()
		app.Get("/files/7", func(c fiber.Ctx) error { return c.Send(smallBody) })
		return func() string {
			resp, err := app.Test(httptest.NewRequest(method, "/files/7", nil))
			if err != nil {
				return err.Error()
			}
			return allowed(resp)
		}
	}},
}

func routed(h http.Handler, method string) op {
	return func() string {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, "/files/7", nil))
		return allowed(w.Result())
	}
}

func allowed(resp *http.Response) string {
	if resp.Header["Allow"] != nil {
		return status(resp.StatusCode) + " with Allow"
	}
	return status(resp.StatusCode)
}

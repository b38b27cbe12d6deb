package middleware_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/justinas/alice"
	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

type layers = func(http.Handler) http.Handler

func versionSeven(*http.Request) (etag.State, error) { return etag.State{Tag: etag.Version(7)}, nil }

// ofForm are the layers with a report-only mode.
var ofForm = []struct {
	name  string
	layer layers
}{
	{"BodyLimit", middleware.BodyLimit(10)},
	{"RequireNoCache", middleware.RequireNoCache},
	{"ContentType", middleware.ContentType("application/json")},
	{"Accept", middleware.Accept("application/json", "text/csv")},
	{"Guard", etag.Guard(versionSeven, &etag.Options{Required: true})},
}

var requests = []struct {
	method, body string
	chunked      bool
	header       []string
}{
	{method: "GET", header: []string{"Cache-Control: no-cache"}},
	{method: "GET"},
	{method: "GET", header: []string{"Cache-Control: no-cache", "Accept: image/png"}},
	{method: "GET", header: []string{"Cache-Control: no-cache", `If-None-Match: "7"`}},
	{method: "PUT", body: "{}", header: []string{"Cache-Control: no-cache", "Content-Type: application/json", `If-Match: "7"`}},
	{method: "PUT", body: "{}", header: []string{"Cache-Control: no-cache", "Content-Type: application/json", `If-Match: "6"`}},
	{method: "PUT", body: "{}", header: []string{"Cache-Control: no-cache", "Content-Type: application/json", "If-Match: 7"}},
	{method: "PUT", body: "{}", header: []string{"Cache-Control: no-cache", "Content-Type: application/json"}},
	{method: "PUT", body: "{}", header: []string{"Cache-Control: no-cache", "Content-Type: text/plain", `If-Match: "7"`}},
	{method: "PUT", body: "{}", header: []string{"Cache-Control: no-cache", "Content-Type: a/b", "Content-Type: c/d", `If-Match: "7"`}},
	{method: "PUT", body: strings.Repeat("x", 11), header: []string{"Cache-Control: no-cache", "Content-Type: application/json", `If-Match: "7"`}},
	{method: "PUT", body: strings.Repeat("x", 11), chunked: true, header: []string{"Cache-Control: no-cache", "Content-Type: application/json", `If-Match: "7"`}},
}

// With one layer on report and the others enforced, each request is refused by the
// others as ever, and what that layer reports is what it refuses when it is enforced.
func TestReportOnly(t *testing.T) {
	for reported := range ofForm {
		build := func(wrap func(i int, l layers) layers) (http.Handler, *[]middleware.Record) {
			records := new([]middleware.Record)
			var h http.Handler = problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
				_, err := io.Copy(io.Discard, r.Body)
				return err
			})
			for i := len(ofForm) - 1; i >= 0; i-- {
				h = wrap(i, ofForm[i].layer)(h)
			}
			o := &middleware.Options{Observe: func(rec middleware.Record) { *records = append(*records, rec) }}
			return middleware.Default(zerolog.Nop(), o).Then(h), records
		}
		alone, aloneRecords := build(func(i int, l layers) layers {
			if i == reported {
				return l
			}
			return func(next http.Handler) http.Handler { return next }
		})
		mixed, mixedRecords := build(func(i int, l layers) layers {
			if i == reported {
				return middleware.ReportOnly(l)
			}
			return l
		})
		enforced, _ := build(func(_ int, l layers) layers { return l })
		for _, rq := range requests {
			send := func(h http.Handler) *httptest.ResponseRecorder {
				var body io.Reader = strings.NewReader(rq.body)
				if rq.chunked {
					body = io.MultiReader(body)
				}
				r := httptest.NewRequest(rq.method, "/", body)
				for _, line := range rq.header {
					name, value, _ := strings.Cut(line, ": ")
					r.Header.Add(name, value)
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				return w
			}
			*aloneRecords, *mixedRecords = nil, nil
			byItself, byAll, got := send(alone), send(enforced), send(mixed)
			report := fmt.Sprint((*mixedRecords)[0].WouldRefuse)
			name := fmt.Sprintf("%s on report: %s %.12q %q", ofForm[reported].name, rq.method, rq.body, rq.header)
			switch {
			case got.Code >= 400 && got.Code != byAll.Code && byAll.Code != byItself.Code:
				t.Errorf("%s: %d, and %d with all enforced", name, got.Code, byAll.Code)
			case byItself.Code >= 400 && got.Code < 400 && report != fmt.Sprintf("[%d %s]", byItself.Code, slugOf(byItself)):
				t.Errorf("%s: reports %s, and refuses with %d %s", name, report, byItself.Code, slugOf(byItself))
			case byItself.Code < 400 && report != "[]":
				t.Errorf("%s: reports %s of what it does not refuse", name, report)
			case ofForm[reported].name == "Guard" && (got.Code == 304 || got.Header().Get("ETag") != ""):
				t.Errorf("%s: %d %v", name, got.Code, got.Header())
			case ofForm[reported].name == "Accept" && got.Code == 200 && got.Header().Get("Vary") != "Accept":
				t.Errorf("%s: %v", name, got.Header())
			}
		}
	}
}

func slugOf(w *httptest.ResponseRecorder) string {
	e := new(problem.Error)
	_ = e.UnmarshalJSON(w.Body.Bytes())
	return strings.TrimPrefix(e.Type, "/problems/")
}

// The reports of a request are in its line, outermost first, and what is on report
// has done nothing.
func TestReportOnlyInTheLog(t *testing.T) {
	var chosen string
	compared := true
	h, log := edge(middleware.ReportOnly(middleware.ContentType("application/json"))(
		middleware.ReportOnly(middleware.Accept("application/json"))(
			middleware.ReportOnly(etag.Guard(versionSeven, nil))(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				chosen = acceptedOf(r.Context())
				_, compared = etag.FromContext(r.Context())
				if r.Header.Get("If-Match") != `"6"` {
					t.Errorf("the handler gets %v", r.Header)
				}
			})))))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		path := "/" + s.URL[strings.LastIndex(s.URL, ":")+1:]
		resp, _ := servertest.Do(t, s, "PUT", path, "x", "Content-Type: text/plain", "Accept: text/html", `If-Match: "6"`)
		if resp.StatusCode != 200 || chosen != "application/json" || compared {
			t.Errorf("%d, %q, compared %v", resp.StatusCode, chosen, compared)
		}
		want := "[415 unsupported-media-type 406 not-acceptable 409 record-changed]"
		if line := log.access(t, path, 1); fmt.Sprint(line["would_refuse"]) != want {
			t.Errorf("%v", line)
		}
	})
}

// The reports are in the line of the request, in the order of the layers, also of a
// layer that finds out while the handler reads, and where something stands in between.
func TestReportOnlyInOrder(t *testing.T) {
	between := map[string]layers{
		"nothing":             func(next http.Handler) http.Handler { return next },
		"a wrapper":           aside,
		"http.TimeoutHandler": func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "") },
		"a wrapper and a HandlerFunc": func(next http.Handler) http.Handler {
			return aside(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error { next.ServeHTTP(w, r); return nil }))
		},
	}
	for name, between := range between {
		for _, enough := range []bool{false, true} {
			var got []string
			o := &middleware.Options{Observe: func(rec middleware.Record) { got = rec.WouldRefuse }}
			h := middleware.Default(zerolog.Nop(), o).Append(between,
				middleware.ReportOnly(middleware.BodyLimit(3)),
				middleware.ReportOnly(middleware.ContentType("application/json")),
				middleware.ReportOnly(middleware.BodyLimit(4)),
				middleware.ReportOnly(middleware.Accept("text/csv", "text/html")),
			).ThenFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
			body, want := "12345", "[413 content-too-large 415 unsupported-media-type 413 content-too-large 406 not-acceptable]"
			if enough {
				body, want = "123", "[415 unsupported-media-type 406 not-acceptable]"
			}
			r := httptest.NewRequest("PUT", "/", io.MultiReader(strings.NewReader(body))) // of unknown length
			r.Header.Set("Content-Type", "text/plain")
			r.Header.Set("Accept", "image/png")
			h.ServeHTTP(httptest.NewRecorder(), r)
			if fmt.Sprint(got) != want {
				t.Errorf("%s, %s: %q", name, body, got)
			}
		}
	}
}

// A Guard on report knows of changes that are on record, which an instance that
// enforces it has made, and reports what becomes of a repetition.
func TestReportOnlyOfARepeatedChange(t *testing.T) {
	var made etag.Change
	guard := etag.Guard(func(r *http.Request) (etag.State, error) {
		s := etag.State{Tag: etag.Version(8)}
		if etag.Key(r.Context()) == made.Key {
			s.Made = &made
		}
		return s, nil
	}, &etag.Options{Caller: func(*http.Request) string { return "ada" }})
	var got []string
	o := &middleware.Options{Observe: func(rec middleware.Record) { got = rec.WouldRefuse }}
	edge := middleware.Default(zerolog.Nop(), o)
	enforced := edge.Append(guard).Then(problem.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) (err error) {
		made.Key, made.Tag = etag.Key(r.Context()), etag.Version(8)
		made.Fingerprint, err = etag.Fingerprint(r.Context())
		return err
	}))
	read := ""
	reported := edge.Append(middleware.ReportOnly(guard)).ThenFunc(func(_ http.ResponseWriter, r *http.Request) {
		if key := etag.Key(r.Context()); key != "" {
			t.Errorf("the handler knows the key %s", key)
		}
		content, _ := io.ReadAll(r.Body)
		read = string(content)
	})
	send := func(h http.Handler, key, match, content string) int {
		r := httptest.NewRequest("PUT", "/", strings.NewReader(content))
		r.Header = http.Header{"Idempotency-Key": {key}, "If-Match": {match}}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	send(enforced, "k", `"8"`, "eight")
	for _, tt := range []struct {
		key, match, content string
		status              int
		report              string
	}{
		{"k", `"7"`, "eight", 204, "[]"},
		{"k", `"7"`, "nine", 422, "[422 idempotency-key-reused]"},
		{"k", `"8"`, "", 422, "[422 idempotency-key-reused]"},
		{"l", `"7"`, "eight", 409, "[409 record-changed]"},
	} {
		if status := send(enforced, tt.key, tt.match, tt.content); status != tt.status {
			t.Errorf("%+v, enforced: %d", tt, status)
		}
		status := send(reported, tt.key, tt.match, tt.content)
		if status != 200 || fmt.Sprint(got) != tt.report || read != tt.content {
			t.Errorf("%+v, on report: %d %q, and the handler read %q", tt, status, got, read)
		}
	}
}

// The access log has the report of a layer further out, also where that layer stands
// behind a wrapper in another layer.
func TestReportOnlyOutsideTheAccessLog(t *testing.T) {
	var got []string
	log := middleware.AccessLog(zerolog.Nop(), &middleware.AccessLogOptions{Observe: func(rec middleware.Record) { got = rec.WouldRefuse }})
	routes := middleware.ReportOnly(middleware.Accept("text/csv"))(log(http.NotFoundHandler()))
	for name, h := range map[string]http.Handler{
		"no layer": routes,
		"a layer":  middleware.RequestID(http.TimeoutHandler(routes, time.Minute, "")),
	} {
		got = nil
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept", "image/png")
		h.ServeHTTP(httptest.NewRecorder(), r)
		if fmt.Sprint(got) != "[406 not-acceptable]" {
			t.Errorf("in %s: %q", name, got)
		}
	}
}

// A part of a batch has its own reports, which are not those of the whole.
func TestReportOnlyInABatch(t *testing.T) {
	var got []string
	o := &middleware.Options{Observe: func(rec middleware.Record) { got = append(got, rec.WouldRefuse...) }}
	part := middleware.ReportOnly(middleware.Accept("text/csv"))(http.NotFoundHandler())
	h := middleware.Default(zerolog.Nop(), o).ThenFunc(func(_ http.ResponseWriter, r *http.Request) {
		inner := httptest.NewRequestWithContext(r.Context(), "GET", "/part", nil)
		inner.Header.Set("Accept", "image/png")
		part.ServeHTTP(httptest.NewRecorder(), inner)
	})
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if got != nil {
		t.Errorf("%q", got)
	}
}

func TestReportOnlyPanics(t *testing.T) {
	var gate middleware.Gate
	for name, l := range map[string]layers{
		"Bearer":       middleware.Bearer(verify, nil),
		"RequireScope": middleware.RequireScope("x"),
		"Require":      tenant.Require(oneTenant, nil),
		"Gate":         gate.Handler,
		"Recover":      middleware.Recover,
		"third party":  func(next http.Handler) http.Handler { return next },
		"two layers":   alice.New(middleware.ContentType("application/json"), middleware.Bearer(verify, nil)).Then,
		"a layer with something inside": func(next http.Handler) http.Handler {
			return middleware.Accept("application/json")(aside(next))
		},
	} {
		func() {
			defer func() {
				if v := recover(); !strings.HasPrefix(fmt.Sprint(v), "middleware: ReportOnly") {
					t.Errorf("%s: %v", name, v)
				}
			}()
			middleware.ReportOnly(l)
		}()
	}
}

// A layer that an abandoned handler comes to late reports beside what the chain
// responds meanwhile.
func TestReportOnlyBesideARefusal(t *testing.T) {
	for at := range 4 {
		proceed, reported := make(chan bool), make(chan bool)
		reporting := middleware.ReportOnly(middleware.RequireNoCache)(http.NotFoundHandler())
		slow := http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer close(reported)
			<-proceed
			reporting.ServeHTTP(w, r)
		}), time.Millisecond, "")
		refusing := middleware.ContentType("text/csv")(http.NotFoundHandler())
		h := middleware.RequestID(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			slow.ServeHTTP(httptest.NewRecorder(), r)
			refusing.ServeHTTP(&lingering{ResponseWriter: w, proceed: proceed, left: at}, r)
		}))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", "/", strings.NewReader("x")))
		if <-reported; w.Code != http.StatusUnsupportedMediaType {
			t.Errorf("%d: %d", at, w.Code)
		}
	}
}

// lingering lets another goroutine go on when it is called for the last time of left,
// without waiting for it, which would put the two in an order.
type lingering struct {
	http.ResponseWriter
	proceed chan bool
	left    int
}

func (l *lingering) Header() http.Header {
	l.linger()
	return l.ResponseWriter.Header()
}

func (l *lingering) WriteHeader(status int) {
	l.left = min(l.left, 0)
	l.linger()
	l.ResponseWriter.WriteHeader(status)
}

func (l *lingering) linger() {
	if l.left == 0 {
		close(l.proceed)
		time.Sleep(10 * time.Millisecond)
	}
	l.left--
}

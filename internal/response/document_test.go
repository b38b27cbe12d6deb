package response

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/servertest"
)

var errCause = errors.New("cause")

// A document is the whole response, in whichever writer it is sent to.
func TestSend(t *testing.T) {
	doc := Document{
		Status: 409, Body: []byte("document"), Err: errCause,
		Header: http.Header{
			"etag": {`"2"`}, "Vary": {"Cookie"}, "Set-Cookie": {"a=1"}, "Content-Type": {"a/b"}, "Content-Length": {"99"}, "X-Request-Id": {"theirs"}, "Trailer": {"X"},
			"Connection": {"upgrade"},
		},
	}
	const want = "Cache-Control: no-store\nContent-Length: 8\nContent-Type: application/problem+json\nEtag: \"2\"\nSet-Cookie: a=1\nVary: Cookie\nVary: Origin\nX-Content-Type-Options: nosniff\nX-Kept: 1"
	for _, method := range []string{"GET", "HEAD"} {
		for name, front := range map[string]func(w http.ResponseWriter) http.ResponseWriter{
			"the Writer":                  func(w http.ResponseWriter) http.ResponseWriter { return w },
			"a wrapper":                   func(w http.ResponseWriter) http.ResponseWriter { return aside{w} },
			"a wrapper that unwraps":      func(w http.ResponseWriter) http.ResponseWriter { return frank{w} },
			"a writer without the layers": nil,
		} {
			e := newEnds()
			rec := httptest.NewRecorder()
			send := func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Cache-Control", "public")
				w.Header().Set("Etag", `"1"`)
				w.Header().Set("Vary", "Origin")
				w.Header().Set("X-Kept", "1")
				Send(w, r, doc)
				if _, ok := w.(*Writer); ok { // another one may be a compressor, which has something to add
					_, _ = io.WriteString(w, "more")
				}
			}
			if front == nil {
				Send(withHeader(rec), httptest.NewRequest(method, "/", nil), doc)
			} else {
				e.around(func(x Exchange) { send(front(x.W), x.R) }).ServeHTTP(rec, httptest.NewRequest(method, "/", nil))
				if o := <-e.outcomes; o.Err != errCause || o.Status != 409 || o.Aborted {
					t.Errorf("%s %s: %+v", method, name, o)
				}
			}
			body := "document"
			if method == "HEAD" {
				body = ""
			}
			if got := lines(rec.Header()); rec.Code != 409 || rec.Body.String() != body || got != want {
				t.Errorf("%s %s: %d %q\n%s\nwant\n%s", method, name, rec.Code, rec.Body, got, want)
			}
		}
	}
}

func withHeader(rec *httptest.ResponseRecorder) http.ResponseWriter {
	rec.Header().Set("Vary", "Origin")
	rec.Header().Set("X-Kept", "1")
	rec.Header().Set("Etag", `"1"`)
	return rec
}

// A response that has begun is not continued as a document, but broken off.
func TestSendAfterTheFirstByte(t *testing.T) {
	e := newEnds()
	h := e.around(func(x Exchange) {
		_, _ = io.WriteString(x.W, "half")
		Send(x.W, x.R, Document{Status: 500, Body: []byte("document"), Err: errCause})
	})
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		if resp, body, err := servertest.Try(s, "GET", "/", ""); err == nil {
			t.Errorf("%d %q is whole", resp.StatusCode, body)
		}
		if o := <-e.outcomes; !o.Aborted || o.Err != errCause {
			t.Errorf("%+v", o)
		}
	})
}

// Content that was not read, or not in time, ends an HTTP/1.1 connection.
func TestStatusThatClosesTheConnection(t *testing.T) {
	for status, closes := range map[int]bool{400: false, 408: true, 413: true, 415: false} {
		servertest.Both(t, handle(func(x Exchange) { Send(x.W, x.R, plain(nil, status)) }), func(t *testing.T, s *httptest.Server) {
			if resp, _ := servertest.Do(t, s, "GET", "/", ""); resp.StatusCode != status || resp.Close != (closes && resp.ProtoMajor == 1) {
				t.Errorf("%d over %s: close %v", resp.StatusCode, resp.Proto, resp.Close)
			}
		})
	}
	servertest.Both(t, handle(func(x Exchange) {
		Send(x.W, x.R, Document{Status: 503, Header: http.Header{"Connection": {"close"}}})
	}), func(t *testing.T, s *httptest.Server) {
		if resp, _ := servertest.Do(t, s, "GET", "/", ""); resp.StatusCode != 503 || resp.ProtoMajor == 1 && !resp.Close {
			t.Errorf("a document that closes: %v", resp)
		}
	})
}

// An error that no access line has, has a line of its own.
func TestErrorOutOfSight(t *testing.T) {
	log := new(lastError)
	info := func(i *request.Info) { i.Logger.Set(log) }
	r := httptest.NewRequest("GET", "/", nil)
	r = r.WithContext(request.Part(r.Context(), info))
	doc := Document{Status: 500, Err: errCause}
	var ended http.ResponseWriter
	for name, send := range map[string]func(){
		"without layers": func() { Send(httptest.NewRecorder(), r, doc) },
		"without an observer": func() {
			x := Enter(httptest.NewRecorder(), r)
			Send(x.W, x.R, doc)
			ended = x.W
			x.Returned()
			x.End(nil)
		},
	} {
		log.err, log.status = nil, 0
		if send(); log.err != errCause || log.status != 500 {
			t.Errorf("%s: %v", name, log.err)
		}
	}
	log.err = nil
	if Send(ended, r, doc); log.err != errCause {
		t.Errorf("after the end: %v", log.err)
	}
}

type lastError struct {
	status int
	err    error
}

func (*lastError) Names(string) bool                               { return true }
func (*lastError) WithTenant(ctx context.Context) context.Context  { return ctx }
func (l *lastError) Fail(_ context.Context, status int, err error) { l.status, l.err = status, err }

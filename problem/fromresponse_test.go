package problem_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/problem"
)

func TestFromResponse(t *testing.T) {
	const document = `{"type":"https://example.com/x","title":"X","status":400,"detail":"d","balance":30}`
	full := problem.Error{Status: 409, Type: "https://example.com/x", Title: "X", Detail: "d", Extensions: map[string]any{"balance": 30.0}}
	plain := problem.Error{Status: 409, Title: "Conflict"}
	for _, tt := range []struct {
		name, contentType, body string
		want                    problem.Error
	}{
		{"a document; the status is the response's", "application/problem+json", document, full},
		{"in another case, with a parameter", "Application/Problem+JSON ; charset=utf-8", document, full},
		{"as application/json", "application/json", document, full},
		{"without a type", "", document, full},
		{"behind a byte order mark", "application/problem+json", "\ufeff" + document, full},
		{"members of the wrong type are ignored", "application/problem+json", `{"title":1,"detail":["d"],"status":"x"}`, plain},
		{"a proxy's page", "text/html", "<html>409</html>", plain},
		{"a document that says it is a page", "text/html", document, plain},
		{"a page that says it is JSON", "application/json", "<html>409</html>", plain},
		{"no body", "application/problem+json", "", plain},
		{"a list", "application/json", "[1]", plain},
		{"cut short", "application/problem+json", document[:20], plain},
		{"as long as is read", "application/problem+json", document + strings.Repeat(" ", 64<<10-len(document)), full},
		{"too long by a byte", "application/problem+json", document + strings.Repeat(" ", 64<<10-len(document)+1), plain},
		{"too long", "application/problem+json", `{"detail":"` + strings.Repeat("x", 65<<10) + `"}`, plain},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Content-Type"] = []string{tt.contentType}
				w.Header().Set("Retry-After", "7")
				w.Header().Set("Set-Cookie", "session=1")
				w.Header().Set("ETag", `"theirs"`)
				w.Header().Set("X-Request-Id", "theirs")
				w.Header().Set("Connection", "X-Hop")
				w.Header().Set("X-Hop", "theirs")
				w.Header().Set("Content-Language", "en")
				w.WriteHeader(409)
				_, _ = io.WriteString(w, tt.body)
			}))
			defer s.Close()
			resp, err := http.Get(s.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var got *problem.Error
			if !errors.As(fmt.Errorf("calling: %w", problem.FromResponse(resp)), &got) {
				t.Fatal("no *problem.Error")
			}
			got.Header.Del("Date")
			if want := (http.Header{"Retry-After": {"7"}, "Etag": {`"theirs"`}}); !reflect.DeepEqual(got.Header, want) {
				t.Errorf("header %v", got.Header)
			}
			bare := *got
			bare.Header = nil
			if !reflect.DeepEqual(bare, tt.want) {
				t.Errorf("got %#v", bare)
			}
		})
	}
}

func TestFromResponseOfASuccess(t *testing.T) {
	for _, status := range []int{200, 204, 304, 308, 399} {
		if err := problem.FromResponse(&http.Response{StatusCode: status}); err != nil {
			t.Errorf("%d: %v", status, err)
		}
	}
	if err := problem.FromResponse(&http.Response{StatusCode: 503}); err == nil {
		t.Error("503 without a body is no error")
	}
}

// A body that breaks off is no document, even if it is one so far.
func TestFromResponseOfHalfABody(t *testing.T) {
	body := io.MultiReader(strings.NewReader(`{"detail":"d"}`), iotest.ErrReader(io.ErrUnexpectedEOF))
	var got *problem.Error
	if !errors.As(problem.FromResponse(&http.Response{StatusCode: 409, Body: io.NopCloser(body)}), &got) || got.Detail != "" {
		t.Errorf("%#v", got)
	}
}

// What is about the connection, the content and its cookies stays behind.
func TestFromResponseHeader(t *testing.T) {
	h := http.Header{"Etag": {`"1"`}, "Content-Range": {"bytes */10"}, "Allow": {"GET", "HEAD"}}
	want := h.Clone()
	for _, name := range []string{
		"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Te", "Transfer-Encoding", "Upgrade",
		"Set-Cookie", "X-Request-Id", "Content-Type", "Content-Length", "Content-Language", "Last-Modified", "Cache-Control",
	} {
		h.Set(name, "x")
	}
	var got *problem.Error
	if !errors.As(problem.FromResponse(&http.Response{StatusCode: 416, Header: h}), &got) || !reflect.DeepEqual(got.Header, want) {
		t.Errorf("%v", got.Header)
	}
}

// endless is a server that never stops talking.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.read += len(p)
	return len(p), nil
}

func TestFromResponseIsBounded(t *testing.T) {
	e := new(endless)
	err := problem.FromResponse(&http.Response{StatusCode: 500, Body: io.NopCloser(e), Header: http.Header{"Content-Type": {"application/json"}}})
	if err == nil || e.read > 256<<10 {
		t.Errorf("%v after %d bytes", err, e.read)
	}
}

// What another service has told this one is a cause, in whatever it is wrapped.
func TestFromResponseIsNotSentOn(t *testing.T) {
	const secret = "upstream.internal says no"
	upstream := func() error {
		return problem.FromResponse(&http.Response{
			StatusCode: 401,
			Header: http.Header{
				"Content-Type": {"application/problem+json"}, "Location": {"/" + secret}, "Retry-After": {"77"}, "Www-Authenticate": {secret},
			},
			Body: io.NopCloser(strings.NewReader(`{"type":"/` + secret + `","title":"` + secret + `","detail":"` + secret + `","member":"` + secret + `"}`)),
		})
	}
	asks := wantsProblemer{upstream()}
	for _, tt := range []struct {
		name   string
		err    error
		status int
	}{
		{"as it is", upstream(), 500},
		{"wrapped", fmt.Errorf("asking the directory: %w", upstream()), 500},
		{"joined", errors.Join(errSecret, upstream()), 500},
		{"joined with a problem", errors.Join(upstream(), problem.NotFound(nil)), 404},
		{"a cause", problem.Wrap(502, upstream()), 502},
		{"in an error that asks it for a Problemer", asks, 500},
	} {
		rec := httptest.NewRecorder()
		problem.Write(rec, httptest.NewRequest("GET", "/", nil), tt.err)
		all := servertest.Header(rec.Result()) + rec.Body.String()
		if rec.Code != tt.status || strings.Contains(all, secret) || strings.Contains(all, "77") {
			t.Errorf("%s: %d\n%s", tt.name, rec.Code, all)
		}
		if !strings.Contains(fmt.Sprintf("%+v", problem.From(tt.err)), secret) && tt.status != 404 {
			t.Errorf("%s: the log has %+v", tt.name, problem.From(tt.err))
		}
	}
	var e *problem.Error
	if !errors.As(asks, &e) {
		t.Fatal("the client's half does not find the problem")
	}
	rec := httptest.NewRecorder()
	problem.Write(rec, httptest.NewRequest("GET", "/", nil), e)
	if rec.Code != 401 || !strings.Contains(rec.Body.String(), secret) || rec.Header().Get("Www-Authenticate") != secret {
		t.Errorf("passed on: %d %v %s", rec.Code, rec.Header(), rec.Body)
	}
	if err := upstream(); errors.As(err, new(interface{ Timeout() bool })) {
		t.Errorf("%v is what it is not", err)
	}
}

// wantsProblemer hands on what it is asked for.
type wantsProblemer struct{ error }

func (w wantsProblemer) As(target any) bool { return errors.As(w.error, target) }

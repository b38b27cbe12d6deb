package response

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/internal/servertest"
)

// What the log says of each end.
func TestOutcome(t *testing.T) {
	sink := func(n int) func(x Exchange) { return func(x Exchange) { _, _ = x.Write(make([]byte, n)) } }
	errPanic := errors.New("panic")
	for name, tt := range map[string]struct {
		handler func(x Exchange)
		want    Outcome // without the request
		panics  bool
	}{
		"nothing":               {func(Exchange) {}, Outcome{Status: 200}, false},
		"a body":                {sink(9), Outcome{Status: 200, Bytes: 9}, false},
		"a status":              {func(x Exchange) { x.WriteHeader(204) }, Outcome{Status: 204}, false},
		"hints":                 {func(x Exchange) { x.WriteHeader(103); x.WriteHeader(201) }, Outcome{Status: 201}, false},
		"a flush":               {func(x Exchange) { x.Flush() }, Outcome{Status: 200}, false},
		"a file of bytes":       {func(x Exchange) { _, _ = io.Copy(x.W, strings.NewReader("123")) }, Outcome{Status: 200, Bytes: 3}, false},
		"an error":              {func(x Exchange) { Send(x.W, x.R, Document{Status: 503, Err: errCause}) }, Outcome{Status: 503, Err: errCause}, false},
		"an abort":              {func(x Exchange) { panic(http.ErrAbortHandler) }, Outcome{Aborted: true}, true},
		"an abort after a byte": {func(x Exchange) { sink(1)(x); panic(http.ErrAbortHandler) }, Outcome{Aborted: true}, true},
		"an abort after many":   {func(x Exchange) { sink(9999)(x); panic(http.ErrAbortHandler) }, Outcome{Status: 200, Bytes: 9999, Aborted: true}, true},
		"a panic":               {func(x Exchange) { panic(errPanic) }, Outcome{Err: &Panic{Value: errPanic}, Aborted: true}, true},
		"half of what is declared": {func(x Exchange) { x.W.Header().Set("Content-Length", "9"); sink(4)(x) },
			Outcome{Status: 200, Bytes: 4, Aborted: true}, false},
		"Abort after all that is declared": {func(x Exchange) { x.W.Header().Set("Content-Length", "4"); sink(4)(x); x.Abort() },
			Outcome{Status: 200, Bytes: 4}, false},
		"Abort before": {func(x Exchange) { x.W.Header().Set("Content-Length", "9"); sink(4)(x); x.Abort() }, Outcome{Aborted: true}, true},
	} {
		e := newEnds()
		servertest.Both(t, e.around(tt.handler), func(t *testing.T, s *httptest.Server) {
			if _, _, err := servertest.Try(s, "GET", "/", ""); (err != nil) != tt.want.Aborted {
				t.Errorf("%s: the client has %v", name, err)
			}
			o := <-e.outcomes
			var p *Panic
			if errors.As(o.Err, &p) {
				if p.Value != any(errPanic) || len(p.Stack) == 0 {
					t.Errorf("%s: %v", name, p)
				}
				o.Err, tt.want.Err = nil, nil
			}
			o.Request = nil
			if !reflect.DeepEqual(o, tt.want) {
				t.Errorf("%s: %+v\nwant %+v", name, o, tt.want)
			}
		})
	}
}

// A client that hangs up has not seen a success, which is in the log without a
// status.
func TestOutcomeOfAHangUp(t *testing.T) {
	for name, tt := range map[string]struct {
		handler func(x Exchange)
		want    Outcome
	}{
		"before the first byte":       {func(Exchange) {}, Outcome{Aborted: true, Gone: true}},
		"a byte in net/http's buffer": {func(x Exchange) { _, _ = x.Write([]byte("x")) }, Outcome{Aborted: true, Gone: true}},
		"a failure":                   {func(x Exchange) { x.WriteHeader(500) }, Outcome{Aborted: true, Gone: true}},
		"a refusal":                   {func(x Exchange) { x.WriteHeader(404) }, Outcome{Status: 404, Bytes: 15}},
	} {
		e := newEnds()
		arrived := make(chan struct{})
		servertest.Both(t, e.around(func(x Exchange) {
			arrived <- struct{}{}
			<-x.R.Context().Done()
			tt.handler(x)
		}), func(t *testing.T, s *httptest.Server) {
			ctx, cancel := context.WithCancel(t.Context())
			r, _ := http.NewRequestWithContext(ctx, "GET", s.URL, nil)
			go func() {
				<-arrived
				cancel()
			}()
			if _, err := s.Client().Do(r); err == nil {
				t.Fatal("the client did not hang up")
			}
			o := <-e.outcomes
			o.Request = nil
			if name == "a refusal" {
				o.Aborted, o.Gone, o.Bytes = false, false, 15 // whether the bytes arrived is for the server to find out
			}
			if !reflect.DeepEqual(o, tt.want) {
				t.Errorf("%s: %+v\nwant %+v", name, o, tt.want)
			}
		})
	}
}

// What was taken over is the handler's.
func TestOutcomeOfAHijack(t *testing.T) {
	for header, want := range map[string]int{"": 0, "Connection: Upgrade\r\nUpgrade: x\r\n": 101} {
		e := newEnds()
		s := httptest.NewServer(e.around(func(x Exchange) {
			conn, _, err := x.Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(conn, "raw")
			conn.Close()
			if _, err := x.Write([]byte("x")); err != http.ErrHijacked {
				t.Errorf("a write: %v", err)
			}
		}))
		conn := dial(t, s, "GET / HTTP/1.1\r\nHost: x\r\n"+header+"\r\n")
		if got, _ := io.ReadAll(bufio.NewReader(conn)); string(got) != "raw" {
			t.Errorf("%q", got)
		}
		if o := <-e.outcomes; o.Status != want || o.Aborted {
			t.Errorf("%q: %+v", header, o)
		}
		s.Close()
	}
}

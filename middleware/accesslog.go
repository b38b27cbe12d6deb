package middleware

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/cause"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// Record is what the access log says of a request.
type Record struct {
	Method    string
	Pattern   string // the route (http.Request.Pattern), "" = unknown
	Path      string // without the query
	Status    int    // 0 = no header left
	Bytes     int64  // of the body
	Duration  time.Duration
	RequestID string
	TraceID   string
	Tenant    string
	Err       error // the cause of an error answer, nil = none
	Aborted   bool  // the client or the server broke off
}

// AccessLog writes one line a request, after it has ended, whatever its end, at
// level info, and error from status 500 on, of a panic, and where an error broke
// off the answer to a client that was still there:
//
//	method, pattern, path    the path decoded and without query, the pattern where known
//	status, bytes, duration  as they left this layer; milliseconds
//	request_id, trace_id, tenant
//	error, stack             the cause that the client is not told, the stack of a panic
//	aborted                  true when the client or the server broke off
//
// The status is never an interim 1xx: it is 101 for an upgrade. Where no header
// left there is none in the line, and 0 in the Record; a 5xx that was answered when
// the request's context had been canceled, as a client does that hangs up, counts as
// that, too. Method and path are cut at 2 KiB, the error at 8 KiB; nothing that a
// client sends can break the line or add a field.
//
// The pattern is http.Request.Pattern. A foreign middleware that copies the
// request hides it, unless a layer of this module runs further in and answers
// the same request: not one inside http.TimeoutHandler, whose tenant is not in
// the line, either. An error that is written there, or in a part of a batch, gets
// a line of its own.
//
// What happens further out is not in the line: a compressor's bytes, the 503 of an
// http.TimeoutHandler, a server's write deadline.
//
// Of the options it reads Observe. It panics if o.Types is no URI reference.
//
// In the handler, zerolog.Ctx(r.Context()) is the request's logger: log with
// request_id, trace_id and tenant. Inside another AccessLog for the same
// request it does nothing.
func AccessLog(log zerolog.Logger, o *Options) func(http.Handler) http.Handler {
	observe := o.copied().Observe
	logger := &request.Logger{Key: loggerKey, New: func(s *request.State) any {
		c := log.With()
		if id := s.ID(); id != "" {
			c = c.Str("request_id", id)
		}
		if s.TraceID != "" {
			c = c.Str("trace_id", s.TraceID)
		}
		if t := s.Tenant(); t != "" {
			c = c.Str("tenant", t)
		}
		l := c.Logger()
		return &l
	}, Fail: func(s *request.State, status int, err error) {
		logError(zerolog.Ctx(s).WithLevel(levelOf(status)).Int("status", status), err).Msg("error inside the request")
	}}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			x := response.Enter(w, r)
			if x.Logged {
				x.Serve(next)
				return
			}
			x.Logged = true
			x.State.Logger = logger
			func() {
				start, panicked := time.Now(), true
				method, path := r.Method, r.URL.Path // as they came: a handler may change them
				defer func() {
					out := x.Outcome(panicked)
					rec := record(x, out)
					rec.Method, rec.Path, rec.Duration = clip(method, maxField), clip(path, maxField), time.Since(start)
					rec.log(&log, out.Gone)
					if observe != nil {
						observeSafely(observe, rec, &log)
					}
				}()
				x.Next(next)
				x.Finish()
				panicked = false
			}()
			x.End()
		})
	}
}

func record(x response.Exchange, out response.Outcome) Record {
	return Record{
		Pattern:   out.Pattern,
		Status:    out.Status,
		Bytes:     out.Bytes,
		RequestID: x.State.ID(),
		TraceID:   x.State.TraceID,
		Tenant:    x.State.Tenant(),
		Err:       cause.Whole[*problem.Error](out.Err),
		Aborted:   out.Aborted,
	}
}

// observeSafely keeps an answer from being broken off that is whole.
func observeSafely(observe func(Record), rec Record, log *zerolog.Logger) {
	defer func() {
		if v := recover(); v != nil {
			logError(log.Error().Str("request_id", rec.RequestID), &panicError{value: v, stack: debug.Stack()}).Msg("Options.Observe")
		}
	}()
	observe(rec)
}

func levelOf(status int) zerolog.Level {
	if status >= 500 {
		return zerolog.ErrorLevel
	}
	return zerolog.InfoLevel
}

// log writes the line; gone says that the client broke off.
func (rec *Record) log(log *zerolog.Logger, gone bool) {
	level := levelOf(rec.Status)
	if rec.Aborted && rec.Err != nil {
		if _, stack := describe(rec.Err); stack != nil || !gone {
			level = zerolog.ErrorLevel
		}
	}
	e := log.WithLevel(level)
	if !e.Enabled() {
		return
	}
	e.Str("method", rec.Method)
	if rec.Pattern != "" {
		e.Str("pattern", rec.Pattern)
	}
	e.Str("path", rec.Path)
	if rec.Status != 0 {
		e.Int("status", rec.Status)
	}
	var room [24]byte
	e.Int64("bytes", rec.Bytes).RawJSON("duration", appendMillis(room[:0], rec.Duration))
	if rec.RequestID != "" {
		e.Str("request_id", rec.RequestID)
	}
	if rec.TraceID != "" {
		e.Str("trace_id", rec.TraceID)
	}
	if rec.Tenant != "" {
		e.Str("tenant", rec.Tenant)
	}
	if rec.Err != nil {
		logError(e, rec.Err)
	}
	if rec.Aborted {
		e.Bool("aborted", true)
	}
	e.Msg("request")
}

// appendMillis appends milliseconds with three decimals, which costs a tenth of
// the shortest float that zerolog's Dur looks for.
func appendMillis(b []byte, d time.Duration) []byte {
	us := max(0, d.Microseconds())
	b = strconv.AppendInt(b, us/1000, 10)
	return append(b, '.', byte('0'+us/100%10), byte('0'+us/10%10), byte('0'+us%10))
}

const (
	maxField = 2 << 10
	maxError = 8 << 10
)

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// logError adds the error, and the stack of a panic.
func logError(e *zerolog.Event, err error) *zerolog.Event {
	text, stack := describe(err)
	e.Str(zerolog.ErrorFieldName, clip(text, maxError))
	if stack != nil {
		e.Bytes(zerolog.ErrorStackFieldName, stack)
	}
	return e
}

// describe survives an error that cannot speak, such as a nil pointer that was
// returned as an error: that one is known by its type.
func describe(err error) (text string, stack []byte) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("%T", err)
		}
	}()
	var p *panicError
	if errors.As(err, &p) {
		stack = p.stack
	}
	return cause.Text[*problem.Error](err), stack
}

// loggerKey is the context key of zerolog.Ctx, which zerolog does not export:
// whoever answers to it is the logger's source, and can make the logger when it
// is first asked for.
var loggerKey = func() any {
	var c keyCatcher
	zerolog.Ctx(&c)
	return c.key
}()

type keyCatcher struct {
	context.Context
	key any
}

func (c *keyCatcher) Value(key any) any {
	c.key = key
	return nil
}

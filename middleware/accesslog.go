package middleware

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
)

// Record is what the access log says of a request.
type Record struct {
	Method    string
	Pattern   string // the route (http.Request.Pattern), "" = unknown
	Path      string // without the query
	Status    int    // as the client saw it, 0 = no header left
	Bytes     int64  // of the body
	Duration  time.Duration
	RequestID string
	TraceID   string
	Tenant    string
	Err       error // the cause of an error answer, nil = none
	Aborted   bool  // the client or the server broke off
}

// AccessLog writes one line a request, after it has ended, whatever its end, at
// level info, and error from status 500 on:
//
//	method, pattern, path    the path without query, the pattern where known
//	status, bytes, duration  as the client saw it; milliseconds
//	request_id, trace_id, tenant
//	error, stack             the cause that the client is not told, the stack of a panic
//	aborted                  true when the client or the server broke off
//
// The status is never 0 and never an interim 1xx: it is 101 for an upgrade, and
// left out when no header left. Method and path are cut at 2 KiB, the error at
// 8 KiB; nothing that a client sends can break the line or add a field.
//
// The pattern is http.Request.Pattern. A foreign middleware that copies the
// request hides it, unless a layer of this module runs further in.
//
// In the handler, zerolog.Ctx(r.Context()) is the request's logger: log with
// request_id, trace_id and tenant. Inside another AccessLog for the same
// request it does nothing.
func AccessLog(log zerolog.Logger, o *Options) func(http.Handler) http.Handler {
	observe := o.copied().Observe
	logger := &request.Logger{Key: loggerKey, New: func(s *request.State) any {
		c := log.With()
		if s.ID != "" {
			c = c.Str("request_id", s.ID)
		}
		if s.TraceID != "" {
			c = c.Str("trace_id", s.TraceID)
		}
		if s.Tenant != "" {
			c = c.Str("tenant", s.Tenant)
		}
		l := c.Logger()
		return &l
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
			start, panicked := time.Now(), true
			defer func() {
				rec := record(x, panicked)
				rec.Duration = time.Since(start)
				rec.log(&log)
				if observe != nil {
					observe(rec)
				}
			}()
			x.Serve(next)
			x.Finish()
			panicked = false
		})
	}
}

func record(x response.Exchange, panicked bool) Record {
	out := x.Outcome(panicked)
	return Record{
		Method:    clip(x.R.Method, maxField),
		Pattern:   out.Pattern,
		Path:      clip(x.R.URL.Path, maxField),
		Status:    out.Status,
		Bytes:     out.Bytes,
		RequestID: x.State.ID,
		TraceID:   x.State.TraceID,
		Tenant:    x.State.Tenant,
		Err:       out.Err,
		Aborted:   out.Aborted,
	}
}

func (rec *Record) log(log *zerolog.Logger) {
	level := zerolog.InfoLevel
	if rec.Status >= 500 {
		level = zerolog.ErrorLevel
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
		e.Str(zerolog.ErrorFieldName, clip(text(rec.Err), maxError))
		var p *panicError
		if errors.As(rec.Err, &p) {
			e.Bytes(zerolog.ErrorStackFieldName, p.stack)
		}
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

// text is err.Error(), or the type of an error that cannot say more, such as a
// nil pointer that was returned as an error.
func text(err error) (s string) {
	defer func() {
		if recover() != nil {
			s = fmt.Sprintf("%T", err)
		}
	}()
	return err.Error()
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

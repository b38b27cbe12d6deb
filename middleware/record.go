package middleware

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/cause"
	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// Record is the entry of a request in the access log.
type Record struct {
	Context   context.Context // of the request, as the handler had it
	Method    string
	Pattern   string // the route (http.Request.Pattern); "" = unknown
	Path      string // without the query
	Status    int    // 0 = no header was sent
	Bytes     int64  // of the body
	Duration  time.Duration
	RequestID string
	TraceID   string
	Tenant    string
	Err       error  // the cause of an error response; nil = none
	Stack     string // of a panic; "" = none
	Aborted   bool   // the client or the server broke off

	Deprecated  bool     // the route is deprecated, by [Deprecated]
	WouldRefuse []string // what [ReportOnly] layers would have refused, outermost first: "415 unsupported-media-type"
}

// levelOf returns the level of a line about a response of the given status.
func levelOf(status int) zerolog.Level {
	if status >= 500 {
		return zerolog.ErrorLevel
	}
	return zerolog.InfoLevel
}

// level returns the level of the line. gone reports whether the client broke off.
func (rec *Record) level(gone bool) zerolog.Level {
	if rec.Stack != "" || rec.Aborted && rec.Err != nil && !gone {
		return zerolog.ErrorLevel
	}
	return levelOf(rec.Status)
}

// addTo adds the fields of the line, but for those that the request's logger adds.
func (rec *Record) addTo(e *zerolog.Event) {
	e.Str("method", rec.Method)
	if rec.Pattern != "" {
		e.Str("pattern", rec.Pattern)
	}
	e.Str("path", rec.Path)
	if rec.Status != 0 {
		e.Int("status", rec.Status)
	}
	e.Int64("bytes", rec.Bytes).Float64("duration", float64(max(0, rec.Duration.Microseconds()))/1000)
	if rec.Err != nil {
		logError(e, rec.Err, rec.Stack)
	}
	if rec.Aborted {
		e.Bool("aborted", true)
	}
	if rec.Deprecated {
		e.Bool("deprecated", true)
	}
	if len(rec.WouldRefuse) > 0 {
		e.Strs("would_refuse", rec.WouldRefuse)
	}
}

const (
	maxField = 2 << 10 // bytes of method and path
	maxError = 8 << 10 // bytes of an error
)

// clip returns the first n bytes of s.
func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// logError adds the error, and the stack if it is not "".
func logError(e *zerolog.Event, err error, stack string) *zerolog.Event {
	e.Str(zerolog.ErrorFieldName, clip(cause.Text[*problem.Error](err), maxError))
	if stack != "" {
		e.Str(zerolog.ErrorStackFieldName, stack)
	}
	return e
}

// stackOf returns the stack of the panic that err is, wraps or joins, or "". A panic
// in err's own methods yields "".
func stackOf(err error) string {
	defer func() { _ = recover() }()
	if p := response.PanicIn(err); p != nil {
		return string(p.Stack)
	}
	return ""
}

package middleware

import (
	"context"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
)

// AccessLogOptions configure [AccessLog]. The zero value, like nil, is the default.
// They are read when the chain is built and not kept.
type AccessLogOptions struct {
	// Observe gets the record of each request after it has ended, for metrics. It runs
	// on the request's goroutine.
	Observe func(Record)
}

// SetPattern sets the route of the request of ctx for the access log and [Record]. It is
// for a router that does not set http.Request.Pattern. The first call counts. It may be
// called until the request ends.
func SetPattern(ctx context.Context, pattern string) {
	if i := request.From(ctx); i != nil {
		i.Pattern.Set(&pattern)
	}
}

// AccessLog writes one line for each request after it has ended, also after a panic:
//
//	method, pattern, path    the path decoded and without query, the pattern where known
//	status, bytes, duration  the duration in milliseconds
//	request_id, trace_id, tenant
//	error, stack             the cause that the client does not see, the stack of a panic
//	aborted                  true if the client or the server broke off
//	deprecated               true on a route of [Deprecated]
//	would_refuse             the refusals of [ReportOnly] layers, outermost first
//
// The level is info. It is error for a status from 500 on, for a panic, and where an
// error broke off the response to a client that was still connected. A client cannot break
// the line or add a field to it. Method and path are cut at 2 KiB, and the error at 8 KiB.
//
// In the handler, zerolog.Ctx(r.Context()) is the request's logger, with request_id,
// trace_id and tenant. Fields that are added to it with UpdateContext are in all later
// lines of the request and in the access line. A context for another tenant
// (tenant.NewContext) has a copy of the logger.
//
// The package documentation tells what the line does not have. An AccessLog inside another
// one for the same request does nothing.
func AccessLog(log zerolog.Logger, o *AccessLogOptions) func(http.Handler) http.Handler {
	a := &accessLog{log: log}
	if o != nil {
		a.observe = o.Observe
	}
	l := &layer.Layer{Name: "middleware.AccessLog", Decide: a.begin}
	return l.Middleware
}

// accessLog has the arguments of an AccessLog.
type accessLog struct {
	log     zerolog.Logger
	observe func(Record)
}

// begin puts the request's logger into its context, and observes its end.
func (a *accessLog) begin(x layer.Exchange) (*http.Request, error) {
	// Method and path as they are now: a handler may change them.
	l := &requestLog{accessLog: a, info: x.Info, method: x.R.Method, path: x.R.URL.Path, start: time.Now()}
	if !x.Observe(l) {
		return x.R, nil
	}
	if a.log.GetLevel() != zerolog.Disabled { // zerolog puts no such logger into a context
		x.HandOn(request.Extend(x.R, l))
	}
	response.Set(&x, infoLogger, request.Logger(l))
	return x.R, nil
}

func infoLogger(i *request.Info) *request.Field[request.Logger] { return &i.Logger }

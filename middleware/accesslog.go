package middleware

import (
	"context"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/cause"
	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// AccessLogOptions configure [AccessLog]. The zero value, like nil, is the default.
// They are read when the chain is built and not kept.
type AccessLogOptions struct {
	// Observe gets the record of each request after it has ended, for metrics. It runs
	// on the request's goroutine.
	Observe func(Record)
}

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
// lines of the request and in the access line.
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
	l := &requestLog{accessLog: a, info: x.Info, logger: &a.log, method: x.R.Method, path: x.R.URL.Path, start: time.Now()}
	if !x.Observe(l) {
		return x.R, nil
	}
	if a.log.GetLevel() != zerolog.Disabled { // WithContext attaches no such logger
		// With copies the memory in which UpdateContext adds fields: otherwise the
		// requests would share it, and a line have the fields of another request.
		own := a.log.With().Logger().Hook(l)
		x.HandOn(request.Extend(x.R, own.WithContext))
		l.logger = zerolog.Ctx(x.R.Context())
	}
	response.Set(&x, infoLogger, request.Logger(l))
	return x.R, nil
}

func infoLogger(i *request.Info) *request.Field[request.Logger] { return &i.Logger }

// requestLog is the log of one request.
type requestLog struct {
	*accessLog
	info         *request.Info
	logger       *zerolog.Logger         // in the request's context
	tenant       request.Pointer[string] // of the access line, where it is not that of info
	method, path string
	start        time.Time
}

// Run implements zerolog.Hook. A line has the ids that are known when it is written.
func (l *requestLog) Run(e *zerolog.Event, _ zerolog.Level, _ string) {
	if id, ok := l.info.ID.Get(); ok {
		e.Str("request_id", id)
	}
	if id := traceOf(l.info); id != "" {
		e.Str("trace_id", id)
	}
	if id := l.tenant.Get(); id != nil {
		e.Str("tenant", *id)
		return
	}
	info := request.From(e.GetCtx()) // of a logger that WithTenant made
	if info == nil {
		info = l.info
	}
	if id, ok := info.Tenant.Get(); ok {
		e.Str("tenant", id)
	}
}

// Names implements request.Logger.
func (l *requestLog) Names(id string) bool { return l.info.Tenant.Value() == id }

// WithTenant implements request.Logger.
func (l *requestLog) WithTenant(ctx context.Context) context.Context {
	return zerolog.Ctx(ctx).With().Ctx(ctx).Logger().WithContext(ctx)
}

// Fail implements request.Logger.
func (l *requestLog) Fail(ctx context.Context, status int, err error) {
	e := zerolog.Ctx(ctx).WithLevel(levelOf(status)).Int("status", status)
	logError(e, err, stackOf(err)).Msg("error inside the request")
}

// End implements response.Observer.
func (l *requestLog) End(out response.Outcome) {
	rec := l.record(out)
	if rec.Tenant != l.info.Tenant.Value() {
		id := rec.Tenant
		l.tenant.Set(&id)
	}
	rec.log(l.logger, out.Gone)
	if l.observe != nil {
		l.observeSafely(rec)
	}
}

func (l *requestLog) record(out response.Outcome) Record {
	ctx := out.Request.Context()
	i := request.From(ctx)
	rec := Record{
		Context:   ctx,
		Method:    clip(l.method, maxField),
		Pattern:   out.Request.Pattern,
		Path:      clip(l.path, maxField),
		Status:    out.Status,
		Bytes:     out.Bytes,
		Duration:  time.Since(l.start),
		RequestID: i.ID.Value(),
		TraceID:   traceOf(i),
		Tenant:    i.Tenant.Value(),
		Err:       cause.Whole[*problem.Error](out.Err),
		Aborted:   out.Aborted,

		Deprecated:  out.Deprecated,
		WouldRefuse: out.WouldRefuse,
	}
	if pattern := i.Pattern.Get(); pattern != nil {
		rec.Pattern = *pattern
	}
	if out.Err != nil {
		rec.Stack = stackOf(out.Err)
	}
	return rec
}

// observeSafely calls observe and logs its panic, which would break off a whole response.
func (l *requestLog) observeSafely(rec Record) {
	defer func() {
		if v := recover(); v != nil {
			err := &response.Panic{Value: v, Stack: debug.Stack()}
			logError(l.logger.Error(), err, string(err.Stack)).Msg("AccessLogOptions.Observe")
		}
	}()
	l.observe(rec)
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

// log writes the line. The hook of the logger adds request_id, trace_id and tenant.
func (rec *Record) log(log *zerolog.Logger, gone bool) {
	e := log.WithLevel(rec.level(gone))
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
	e.Msg("request")
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

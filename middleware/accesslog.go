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
	// Observe gets what the access log gets, after the request has ended, for
	// metrics. It runs on the request's goroutine.
	Observe func(Record)
}

// Record is what the access log has of a request.
type Record struct {
	Context   context.Context // of the request, as the handler had it
	Method    string
	Pattern   string // the route (http.Request.Pattern); "" = unknown
	Path      string // without the query
	Status    int    // 0 = no header left
	Bytes     int64  // of the body
	Duration  time.Duration
	RequestID string
	TraceID   string
	Tenant    string
	Err       error  // the cause of an error response; nil = none
	Stack     string // of a panic; "" = none
	Aborted   bool   // the client or the server broke off

	Deprecated  bool     // the route is, by [Deprecated]
	WouldRefuse []string // what [ReportOnly] layers would have refused, outermost first: "415 unsupported-media-type"
}

// SetPattern names the route of the request of ctx for the access log and [Record],
// for a router that does not set http.Request.Pattern. The first name counts. It may
// be called until the request ends.
func SetPattern(ctx context.Context, pattern string) {
	if i := request.From(ctx); i != nil {
		i.Pattern.Set(&pattern)
	}
}

// AccessLog writes one line a request, after it has ended, whatever its end:
//
//	method, pattern, path    the path decoded and without query, the pattern where known
//	status, bytes, duration  milliseconds
//	request_id, trace_id, tenant
//	error, stack             the cause that the client is not told, the stack of a panic
//	aborted                  true when the client or the server broke off
//	deprecated               true on a route of [Deprecated]
//	would_refuse             what layers of [ReportOnly] would have refused, outermost first
//
// The level is info, and error from status 500 on, of a panic, and where an error
// broke off the response to a client that was still there. Nothing that a client
// sends can break the line or add a field; method and path are cut at 2 KiB, the
// error at 8 KiB.
//
// In the handler, zerolog.Ctx(r.Context()) is the request's logger, with
// request_id, trace_id and tenant. What is added to it with UpdateContext is in the
// lines that follow and in the access line.
//
// See the package documentation for what the line cannot have. Inside another
// AccessLog for the same request it does nothing.
func AccessLog(log zerolog.Logger, o *AccessLogOptions) func(http.Handler) http.Handler {
	a := &accessLog{log: log}
	if o != nil {
		a.observe = o.Observe
	}
	l := &layer.Layer{Name: "middleware.AccessLog", Decide: a.begin}
	return l.Middleware
}

// accessLog is what an AccessLog is made with.
type accessLog struct {
	log     zerolog.Logger
	observe func(Record)
}

// begin gives the request its logger and waits for its end.
func (a *accessLog) begin(x layer.Exchange) (*http.Request, error) {
	// A handler may change method and path.
	l := &requestLog{accessLog: a, info: x.Info, logger: &a.log, method: x.R.Method, path: x.R.URL.Path, start: time.Now()}
	if !x.Observe(l) {
		return x.R, nil
	}
	if a.log.GetLevel() != zerolog.Disabled { // WithContext attaches no such logger
		x.HandOn(request.Extend(x.R, a.log.Hook(l).WithContext))
		l.logger = zerolog.Ctx(x.R.Context())
	}
	response.Set(&x, infoLogger, request.Logger(l))
	return x.R, nil
}

func infoLogger(i *request.Info) *request.Field[request.Logger] { return &i.Logger }

// requestLog is the log of one request, or of a part of it that acts for another
// tenant.
type requestLog struct {
	*accessLog
	info         *request.Info
	logger       *zerolog.Logger // in the request's context
	tenant       request.Pointer[string]
	method, path string
	start        time.Time
}

// Run implements zerolog.Hook: each line has what is known by then.
func (l *requestLog) Run(e *zerolog.Event, _ zerolog.Level, _ string) {
	if id, ok := l.info.ID.Get(); ok {
		e.Str("request_id", id)
	}
	if id := traceOf(l.info); id != "" {
		e.Str("trace_id", id)
	}
	if id := l.tenant.Get(); id != nil {
		e.Str("tenant", *id)
	} else if id, ok := l.info.Tenant.Get(); ok {
		e.Str("tenant", id)
	}
}

// Names implements request.Logger.
func (l *requestLog) Names(id string) bool { return l.info.Tenant.Value() == id }

// WithTenant implements request.Logger.
func (l *requestLog) WithTenant(ctx context.Context, id string) context.Context {
	part := &requestLog{accessLog: l.accessLog, info: l.info}
	part.tenant.Set(&id)
	return l.log.Hook(part).WithContext(ctx)
}

// Fail implements request.Logger.
func (l *requestLog) Fail(ctx context.Context, status int, err error) {
	e := zerolog.Ctx(ctx).WithLevel(levelOf(status)).Int("status", status)
	logError(e, err, stackOf(err)).Msg("error inside the request")
}

// End implements response.Observer.
func (l *requestLog) End(out response.Outcome) {
	rec := l.record(out)
	if rec.Tenant != "" && rec.Tenant != l.info.Tenant.Value() {
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

// observeSafely keeps a response that is whole from being broken off.
func (l *requestLog) observeSafely(rec Record) {
	defer func() {
		if v := recover(); v != nil {
			err := &response.Panic{Value: v, Stack: debug.Stack()}
			logError(l.logger.Error(), err, string(err.Stack)).Msg("AccessLogOptions.Observe")
		}
	}()
	l.observe(rec)
}

func levelOf(status int) zerolog.Level {
	if status >= 500 {
		return zerolog.ErrorLevel
	}
	return zerolog.InfoLevel
}

// level returns the level of the line; gone says that the client broke off.
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
	maxField = 2 << 10
	maxError = 8 << 10
)

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// logError adds the error, and the stack of a panic, if any.
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

package middleware

import (
	"context"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/cause"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// requestLog is the log of one request.
type requestLog struct {
	*accessLog
	info         *request.Info
	context      atomic.Pointer[logContext]
	tenant       request.Pointer[string] // of the access line, where it is not that of info
	method, path string
	start        time.Time
}

// logContext is a context with the request's logger.
type logContext struct {
	context.Context
	logger *zerolog.Logger
}

// Extend implements request.Extension. The logger is made when it is first asked for: few
// handlers use it, and to make it costs more than to write the access line.
func (l *requestLog) Extend(ctx context.Context) context.Context {
	made := l.context.Load()
	if made == nil {
		// With copies the memory to which UpdateContext adds fields. If requests shared
		// it, a line could have the fields of another request.
		own := l.log.With().Logger().Hook(l)
		with := own.WithContext(ctx)
		made = &logContext{with, zerolog.Ctx(with)}
		if !l.context.CompareAndSwap(nil, made) {
			made = l.context.Load()
		}
	}
	return made.Context
}

// write writes a line of the request's logger, to which add adds fields.
func (l *requestLog) write(level zerolog.Level, message string, add func(*zerolog.Event)) {
	log, made := &l.log, l.context.Load()
	if made != nil {
		log = made.logger
	}
	e := log.WithLevel(level)
	if !e.Enabled() {
		return
	}
	add(e)
	if made == nil {
		l.Run(e, level, message) // as the hook of the request's logger does
	}
	e.Msg(message)
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
	if rec.Tenant != "" && rec.Tenant != l.info.Tenant.Value() {
		id := rec.Tenant
		l.tenant.Set(&id)
	}
	l.write(rec.level(out.Gone), "request", rec.addTo)
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
			l.write(zerolog.ErrorLevel, "AccessLogOptions.Observe", func(e *zerolog.Event) { logError(e, err, string(err.Stack)) })
		}
	}()
	l.observe(rec)
}

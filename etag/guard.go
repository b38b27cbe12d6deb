package etag

import (
	"net/http"

	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// Guard evaluates the preconditions of a request (RFC 9110 §13) before the handler
// runs, so that a handler that runs has nothing to take back. current returns what
// the resource is now. It is asked once, on every request but OPTIONS, TRACE and
// CONNECT, to which conditions do not apply (§13.2.1). Its error is the response,
// whatever the conditions.
//
// Guard responds
//
//   - 304 on GET, HEAD and QUERY, with ETag, Vary, the fields of State.Header, and
//     Last-Modified where there is no tag (§15.4.5);
//   - 409 "record-changed" to a failed If-Match or If-Unmodified-Since on an unsafe
//     method, or 412 by option, and 412 "precondition-failed" on a safe one;
//   - 412 "precondition-failed" to a failed If-None-Match elsewhere (§13.1.2);
//   - 428 "precondition-required" by option (RFC 6585 §3);
//   - 400 "invalid-request" to an If-Match without any entity tag on an unsafe
//     method;
//   - 204 to a change that is on record already ([Key]), 422
//     "idempotency-key-reused" if it is another one with the same key.
//
// 409 and 412 have the current tag as currentETag and in ETag, so that the client
// can go on.
//
// Between Guard and the handler's write another request may change the record.
// What keeps the two apart is the store: UPDATE … WHERE version = ?, with the
// version of [FromContext], and [ErrConflict] for zero rows.
//
// Guard sets State.Header's fields on the 200 of GET, HEAD and QUERY. It does not
// set the tag: the handler does, with [Set] and the version that it has read in the
// same read as the content. What the handler gets of the conditions, and how tags
// are compared, is in the package documentation.
//
// Guard stands inside Bearer, RequireScope, tenant.Require and Accept; package
// middleware has the rule. One in the wrong place answers 304 and 409 until the first
// request gets through it, and 500 from then on. Nothing sees the mistake where what
// stands between the two gives the request another URL, as http.StripPrefix does, or
// changes its method, path or query.
//
// It panics if current is nil, if o.KeyRequired is set without o.Caller, and if one of
// those layers is in the chain that it wraps.
func Guard(current func(*http.Request) (State, error), o *Options) func(http.Handler) http.Handler {
	if current == nil {
		panic("etag: Guard without a function for the current state")
	}
	g := &guard{current: current}
	if o != nil {
		g.options = *o
	}
	if g.options.KeyRequired && g.options.Caller == nil {
		panic("etag: Guard: Options.KeyRequired without Options.Caller")
	}
	l := &layer.Layer{Name: "etag.Guard", Kind: layer.Guard, Decide: g.decide, Report: g.report}
	return l.Middleware
}

type guard struct {
	current func(*http.Request) (State, error)
	options Options
}

func (g *guard) decide(x layer.Exchange) (*http.Request, error) {
	if !request.HasPreconditions(x.R.Method) {
		return x.R, nil
	}
	conditional := hasCondition(x.R.Header)
	change, err := g.nameChange(&x)
	if err != nil {
		return nil, err
	}
	p := &precondition{received: x.R, change: change}
	p.preconditionFailed.Store(g.options.PreconditionFailed)
	response.Set(&x, preconditionField, any(p))
	p.info = x.Info
	r := x.R
	if change != nil {
		r = change.content.handOn(r)
	}
	if p.state, err = g.current(r); layer.Failed(err) {
		return nil, err
	}
	s := &p.state
	if request.HasNotModified(r.Method) && !conditional && len(r.Header["Range"]) == 0 {
		// Most reads: there is nothing to compare, and nothing to keep from the handler.
		p.compared.Store(true)
		setCaching(x.W, r, s)
		return r, nil
	}
	tag := s.Tag
	if conditional {
		tag = tag.sent(r.Method, x.Info)
	}
	done, err := g.options.check(x.W, r, s, tag, p.change)
	if done || err != nil {
		return nil, err
	}
	p.compared.Store(true)
	if request.HasNotModified(r.Method) {
		setCaching(x.W, r, s)
		return forServeContent(r, s, tag), nil
	}
	return r, nil
}

// nameChange returns the change that the request names, or nil. Of one that names none
// it checks If-Match, too. That of a change on record does not count.
func (g *guard) nameChange(x *layer.Exchange) (*change, error) {
	c, err := g.options.nameChange(x)
	if c == nil {
		if malformed := errNoTag(x.R.Method, x.R.Header); malformed != nil {
			return nil, malformed
		}
	}
	return c, err
}

func hasCondition(h http.Header) bool {
	return len(h["If-None-Match"]) > 0 || len(h["If-Match"]) > 0 ||
		len(h["If-Modified-Since"]) > 0 || len(h["If-Unmodified-Since"]) > 0
}

// report returns the error with which decide would refuse the request.
func (g *guard) report(x layer.Exchange) (*http.Request, error) {
	if !request.HasPreconditions(x.R.Method) {
		return x.R, nil
	}
	change, err := g.nameChange(&x)
	if err != nil {
		return x.R, err
	}
	asks := x.R
	if change != nil { // its name is for the function alone
		p := &precondition{received: x.R, info: x.Info, change: change}
		asks = x.R.WithContext(request.Part(x.R.Context(), func(i *request.Info) { i.Precondition.Set(p) }))
	}
	s, err := g.current(asks)
	if layer.Failed(err) {
		return x.R, nil
	}
	if change.is(s.Made) {
		return change.content.handOn(x.R), change.reused(s.Made)
	}
	if err := errNoTag(x.R.Method, x.R.Header); err != nil {
		return x.R, err
	}
	tag := s.Tag.sent(x.R.Method, x.Info)
	d := evaluate(x.R.Method, x.R.Header, &s, tag, g.options.comparison(request.IsSafe(x.R.Method)))
	if d == unchanged {
		return x.R, nil
	}
	return x.R, g.options.refusal(x.R.Method, x.R.Header, &s, tag, d)
}

// check responds to a request for which the handler is not to run, and reports
// that, or returns the error that is the response.
func (o *Options) check(w http.ResponseWriter, r *http.Request, s *State, tag Tag, c *change) (done bool, err error) {
	if c.is(s.Made) {
		return true, c.repeat(w, r, s.Made)
	}
	h := conditions(r)
	if err := errNoTag(r.Method, h); err != nil {
		return false, err
	}
	d := evaluate(r.Method, h, s, tag, o.comparison(request.IsSafe(r.Method)))
	if d == unchanged {
		notModified(w, r, s, tag)
		return true, nil
	}
	return false, o.refusal(r.Method, h, s, tag, d)
}

// Check is [Guard] for a handler that has loaded the record anyway, before it does
// anything: if the conditions of r do not let it go on, Check responds and returns
// true, and the handler is to return. Otherwise, on GET, HEAD and QUERY, it sets
// ETag, the fields of State.Header, and Last-Modified if it is not set yet. On
// other methods it sets none of them: the response to a change has the tag that the
// change has made, or none (RFC 9110 §9.3.4).
//
// A Check behind a Guard evaluates the conditions that the client sent, and does
// for State.Made what Guard does. Without a Guard there is no [Key], and a handler
// that goes on to http.ServeContent has its first value of each field evaluated
// again.
func Check(w http.ResponseWriter, r *http.Request, s State, o *Options) (done bool) {
	if o == nil {
		o = new(Options)
	}
	if !request.HasPreconditions(r.Method) {
		return false
	}
	if p := preconditionFor(r); p != nil {
		p.preconditionFailed.Store(o.PreconditionFailed)
	} else if info := response.InfoOf(w, r); info != nil {
		p := &precondition{received: r, info: info}
		p.preconditionFailed.Store(o.PreconditionFailed)
		info.Precondition.Set(p)
	}
	done, err := o.check(w, r, &s, s.Tag.sent(r.Method, response.InfoOf(w, r)), changeOf(r.Context()))
	if err != nil {
		problem.Write(w, r, err)
		return true
	}
	if !done && request.HasNotModified(r.Method) {
		Set(w, r, s.Tag)
		setCaching(w, r, &s)
		if h := w.Header(); s.dated() && len(h["Last-Modified"]) == 0 {
			h["Last-Modified"] = []string{lastModified(s.Modified)}
		}
	}
	return done
}

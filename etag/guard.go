package etag

import (
	"net/http"

	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// Guard evaluates the preconditions of a request (RFC 9110 §13) before the handler runs.
// It calls current once for the state of the resource, on every method but OPTIONS, TRACE
// and CONNECT (§13.2.1). Its error is the response, whatever the conditions. Guard responds
//
//	304  GET, HEAD, QUERY: the client has the current representation (§15.4.5)
//	409  record-changed: If-Match or If-Unmodified-Since fails on an unsafe method; 412 by option
//	412  precondition-failed: any other condition fails
//	428  precondition-required: there is no condition; by option (RFC 6585 §3)
//	400  invalid-request: If-Match on an unsafe method has no entity tag
//	204  the change has been made before, with this Idempotency-Key
//	422  idempotency-key-reused: another change has this Idempotency-Key
//
// A 304 has ETag, or Last-Modified where there is no tag, and the fields of State.Header. A
// 409 or 412 has the current tag in ETag and in the member currentETag.
//
// The record may change between Guard and the handler's write. Only the store prevents
// that: UPDATE … WHERE version = ?, with the version of [FromContext]. A handler returns
// [ErrConflict] for zero rows.
//
// On a 200 of GET, HEAD and QUERY, Guard sets the fields of State.Header. It does not set
// the tag: the handler does with [Set], and the version that it read together with the
// content. The package documentation tells how tags are compared, and which conditions
// are left for the handler to see.
//
// Guard stands inside Bearer, RequireScope, tenant.Require and Accept; package middleware
// tells how that is checked. It panics if one of these is in the chain that it wraps, if
// current is nil, or if o.KeyRequired is set without o.Caller.
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

// decide evaluates the request's conditions. It returns neither a request nor an error if
// it has responded.
func (g *guard) decide(x layer.Exchange) (*http.Request, error) {
	if !request.HasPreconditions(x.R.Method) {
		return x.R, nil
	}
	change, err := g.nameChange(&x)
	if err != nil {
		return nil, err
	}
	p := g.newPrecondition(&x, change)
	r := x.R
	if change != nil {
		r = change.content.handOn(r)
	}
	if p.state, err = g.current(r); layer.Failed(err) {
		return nil, err
	}
	s := &p.state
	isRead, conditional := request.HasNotModified(r.Method), hasCondition(r.Header)
	if isRead && !conditional && len(r.Header["Range"]) == 0 {
		// As most reads: there is nothing to compare, and nothing to hide from the handler.
		p.compared.Store(true)
		setCaching(x.W, r, s)
		return r, nil
	}
	tag := s.Tag
	if conditional { // otherwise no tag is compared, and it needs no suffix
		tag = tag.forComparison(r.Method, x.Info)
	}
	done, err := g.options.check(x.W, r, s, tag, change)
	if done || err != nil {
		return nil, err
	}
	p.compared.Store(true)
	if isRead {
		setCaching(x.W, r, s)
		r = forServeContent(r, s, tag)
	}
	return r, nil
}

// newPrecondition puts a new precondition into the context of x.R and returns it. Its
// state is for the caller to set.
func (g *guard) newPrecondition(x *layer.Exchange, c *change) *precondition {
	p := &precondition{received: x.R, change: c}
	p.preconditionFailed.Store(g.options.PreconditionFailed)
	response.Set(x, preconditionField, any(p))
	p.info = x.Info
	return p
}

// nameChange returns the change that the request names, or nil if it names none. Then it
// also refuses an If-Match without an entity tag, before current is called. Where there
// is a change, check does so: If-Match is ignored for one that has been made before.
func (g *guard) nameChange(x *layer.Exchange) (*change, error) {
	c, err := g.options.newChange(x)
	if c == nil {
		if malformed := malformedIfMatch(x.R.Method, x.R.Header); malformed != nil {
			return nil, malformed
		}
	}
	return c, err
}

// hasCondition reports whether h has a condition, other than If-Range.
func hasCondition(h http.Header) bool {
	return len(h["If-None-Match"]) > 0 || len(h["If-Match"]) > 0 ||
		len(h["If-Modified-Since"]) > 0 || len(h["If-Unmodified-Since"]) > 0
}

// report returns the request to hand on in report-only mode, and the error with which
// decide would refuse it.
func (g *guard) report(x layer.Exchange) (*http.Request, error) {
	if !request.HasPreconditions(x.R.Method) {
		return x.R, nil
	}
	change, err := g.nameChange(&x)
	if err != nil {
		return x.R, err
	}
	r := x.R
	if change != nil { // current may ask for Key, and the handler gets no key
		p := &precondition{received: x.R, info: x.Info, change: change}
		r = x.R.WithContext(request.Part(x.R.Context(), func(i *request.Info) { i.Precondition.Set(p) }))
	}
	s, err := g.current(r)
	if layer.Failed(err) {
		return x.R, nil
	}
	if change.is(s.Made) {
		return change.content.handOn(x.R), change.reused(s.Made)
	}
	if err := malformedIfMatch(x.R.Method, x.R.Header); err != nil {
		return x.R, err
	}
	tag := s.Tag.forComparison(x.R.Method, x.Info)
	d := evaluate(x.R.Method, x.R.Header, &s, tag, g.options.comparison(request.IsSafe(x.R.Method)))
	if d == unchanged {
		return x.R, nil
	}
	return x.R, g.options.refusal(x.R.Method, x.R.Header, &s, tag, d)
}

// check decides whether the handler may run. If it may not, check responds and returns
// true, or returns the error that is the response.
func (o *Options) check(w http.ResponseWriter, r *http.Request, s *State, tag Tag, c *change) (done bool, err error) {
	if c.is(s.Made) {
		return true, c.repeat(w, r, s.Made)
	}
	h := conditions(r)
	if err := malformedIfMatch(r.Method, h); err != nil {
		return false, err
	}
	d := evaluate(r.Method, h, s, tag, o.comparison(request.IsSafe(r.Method)))
	if d == unchanged {
		notModified(w, r, s, tag)
		return true, nil
	}
	return false, o.refusal(r.Method, h, s, tag, d)
}

// Check is [Guard] for a handler that has loaded the record already. If the conditions of
// r do not hold, Check responds and returns true, and the handler has to return before it
// does anything.
//
// If Check returns false on GET, HEAD or QUERY, it has set ETag, the fields of
// State.Header, and Last-Modified where it was not set. On other methods it sets none of
// them: the response to a change has the tag of the version that the change has made, or
// none (RFC 9110 §9.3.4).
//
// Behind a Guard, Check evaluates the conditions that the client sent, and responds to a
// State.Made as Guard does. Without a Guard there is no [Key], and http.ServeContent
// evaluates the conditions again, of which it reads one value for each field.
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
	done, err := o.check(w, r, &s, s.Tag.forComparison(r.Method, response.InfoOf(w, r)), changeOf(r.Context()))
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

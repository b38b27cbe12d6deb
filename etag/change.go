package etag

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"net/http"

	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// Change is a change that the service has on record. The service writes it in the
// transaction that makes the change.
type Change struct {
	Key         string // as [Key] returned it
	Fingerprint string // as [Fingerprint] returned it
	Tag         Tag    // of the version that the change made; none = the record was removed
}

// Key names the change that the request of ctx asks for, the same on every
// instance: 32 hexadecimal digits of tenant, caller, Idempotency-Key, method, path
// and query, and of the request target as the client sent it where a router has
// changed it. It is "" for a request that names none, or that has not passed a
// [Guard] with Options.Caller. The guard's own function may call it.
func Key(ctx context.Context) string {
	if c := changeOf(ctx); c != nil {
		return c.key
	}
	return ""
}

// Fingerprint returns a digest of what the client sent for the change: of
// Content-Type, Content-Encoding, Content-Language and the content. Conditions are
// not in it: a client that repeats with a fresh tag means the same change. It is ""
// where [Key] is.
//
// The digest is taken while the handler reads. What the handler has not read yet
// Fingerprint reads, and keeps for the handler: 1 MiB at most, and more is an
// error.
func Fingerprint(ctx context.Context) (string, error) {
	c := changeOf(ctx)
	if c == nil {
		return "", nil
	}
	return c.content.fingerprint()
}

// changeOf returns the change that the very request of ctx names, or nil: a
// request that is dispatched inside another one names its own. A layer behind
// third-party middleware knows the same request anew.
func changeOf(ctx context.Context) *change {
	p := preconditionOf(ctx)
	if p == nil || p.change == nil {
		return nil
	}
	info := request.From(ctx)
	if rw, ok := info.Response.(*response.Writer); info.SameRequest(p.info) || ok && rw.Request().URL == p.received.URL {
		return p.change
	}
	return nil
}

// ErrKeyReused is the error of a handler that finds a [Change] on record with the
// request's [Key] and another [Fingerprint]: the 422 "idempotency-key-reused" of
// [Guard].
var ErrKeyReused error = keyReused{}

type keyReused struct{}

func (keyReused) Error() string { return "etag: the idempotency key is that of another change" }

// Problem implements problem.Problemer.
func (keyReused) Problem() *problem.Error { return problem.Types.IdempotencyKeyReused.Problem() }

// Unwrap is for errors.Is.
func (keyReused) Unwrap() error { return problem.Types.IdempotencyKeyReused }

// A change is what a request with Idempotency-Key asks for.
type change struct {
	key     string
	content *content
}

// nameChange reads Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-06;
// there is no RFC yet).
func (o *Options) nameChange(x *layer.Exchange) (*change, error) {
	r := x.R
	values := r.Header["Idempotency-Key"]
	if o.Caller == nil || request.IsSafe(r.Method) || len(values) == 0 && !o.KeyRequired {
		return nil, nil
	}
	caller := o.Caller(r)
	if caller == "" {
		if o.KeyRequired {
			return nil, errors.New("etag: Options.KeyRequired, but Options.Caller knows nobody")
		}
		return nil, nil
	}
	if len(values) == 0 {
		return nil, problem.Types.IdempotencyKeyRequired.Problem()
	}
	key, ok := parseKey(values[0])
	if !ok || len(values) > 1 {
		e := problem.Invalid()
		e.Detail = "Idempotency-Key is one string of 1 to 255 visible ASCII characters."
		return nil, e
	}
	var room [sha256.Size]byte
	h := sha256.New()
	for _, part := range [...]string{x.Info.Tenant.Value(), caller, key, r.Method, r.URL.EscapedPath(), r.URL.RawQuery} {
		writePart(h, part)
	}
	if r.RequestURI != "" && r.RequestURI != r.URL.RequestURI() {
		writePart(h, r.RequestURI) // http.StripPrefix makes one path of several
	}
	return &change{key: hex.EncodeToString(h.Sum(room[:0])[:16]), content: newContent(r)}, nil
}

// writePart writes the values of a field as they would stand in one line (RFC 9110
// §5.3), with the length of that, so that no two lists of parts are written alike. A
// hash takes no strings: the values are copied in pieces, however long they are.
func writePart(h hash.Hash, values ...string) {
	const separator = ", "
	var room [128]byte
	length := max(0, len(values)-1) * len(separator)
	for _, s := range values {
		length += len(s)
	}
	_, _ = h.Write(binary.BigEndian.AppendUint64(room[:0], uint64(length)))
	for i, s := range values {
		if i > 0 {
			_, _ = h.Write(append(room[:0], separator...))
		}
		for s != "" {
			n := copy(room[:], s)
			_, _ = h.Write(room[:n])
			s = s[n:]
		}
	}
}

// is reports whether made is this change's name on record.
func (c *change) is(made *Change) bool { return c != nil && made != nil && made.Key == c.key }

// reused returns ErrKeyReused if made is another change, as far as the content is
// kept for the handler.
func (c *change) reused(made *Change) error {
	if fingerprint, err := c.content.fingerprint(); err == nil && fingerprint != made.Fingerprint {
		return ErrKeyReused
	}
	return nil
}

// repeat responds to a request whose change is on record as made.
func (c *change) repeat(w http.ResponseWriter, r *http.Request, made *Change) error {
	fingerprint, err := c.content.discard()
	switch {
	case err != nil:
		return err
	case fingerprint != made.Fingerprint:
		return ErrKeyReused
	}
	// The tag that this change made and never a later one, with which the client
	// would overwrite what it has not seen.
	response.DeleteContentFields(w.Header())
	Set(w, r, made.Tag)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

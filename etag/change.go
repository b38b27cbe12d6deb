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

// Change is the record that the service keeps of a change. The service writes it in the
// transaction that makes the change.
type Change struct {
	Key         string // as [Key] returned it
	Fingerprint string // as [Fingerprint] returned it
	Tag         Tag    // of the version that the change made; none = the change removed the record
}

// Key returns the key of the change that the request of ctx asks for: a digest, in 32
// hexadecimal digits, of tenant, caller, Idempotency-Key, method, path and query. Where a
// router has changed the request target, the digest is of the one that the client sent as
// well. It is the same on every instance of a service.
//
// Key returns "" for a request without Idempotency-Key, or one that has not passed a
// [Guard] with Options.Caller. The function of the Guard may call it.
func Key(ctx context.Context) string {
	if c := changeOf(ctx); c != nil {
		return c.key
	}
	return ""
}

// Fingerprint returns a digest of the change that the client sent: of Content-Type,
// Content-Encoding, Content-Language and the content. It has no conditions in it, since a
// client that repeats a change with a newer tag means the same change. It returns ""
// where [Key] does.
//
// The digest is computed while the handler reads. Fingerprint itself reads what the
// handler has not read yet, and keeps it for the handler. If that is more than 1 MiB, it
// returns an error.
func Fingerprint(ctx context.Context) (string, error) {
	c := changeOf(ctx)
	if c == nil {
		return "", nil
	}
	return c.content.fingerprint()
}

// changeOf returns the change that the request of ctx names, or nil. A request that is
// dispatched inside another one has the context of that one, but not its change. Behind
// third-party middleware the same request may have an Info of its own: it is known by
// its URL.
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
	content *hashedContent
}

// newChange returns the change that Idempotency-Key names, or nil if the request names
// none (draft-ietf-httpapi-idempotency-key-header-06; there is no RFC yet).
func (o *Options) newChange(x *layer.Exchange) (*change, error) {
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
	return &change{key: hex.EncodeToString(h.Sum(room[:0])[:16]), content: newHashedContent(r)}, nil
}

// writePart hashes the values of a field as one line (RFC 9110 §5.3), preceded by its
// length, so that no two lists of parts have the same bytes. The values are copied in
// pieces, so that a long field costs no memory.
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

// is reports whether made has the key of c. Both may be nil.
func (c *change) is(made *Change) bool { return c != nil && made != nil && made.Key == c.key }

// reused returns ErrKeyReused if made has the key of c and another fingerprint, unless
// the content is too long for Fingerprint.
func (c *change) reused(made *Change) error {
	if fingerprint, err := c.content.fingerprint(); err == nil && fingerprint != made.Fingerprint {
		return ErrKeyReused
	}
	return nil
}

// repeat responds to a request whose change has been made before.
func (c *change) repeat(w http.ResponseWriter, r *http.Request, made *Change) error {
	fingerprint, err := c.content.discard()
	switch {
	case err != nil:
		return err
	case fingerprint != made.Fingerprint:
		return ErrKeyReused
	}
	// Not the current tag, with which the client would overwrite what it has not seen.
	response.DeleteContentFields(w.Header())
	Set(w, r, made.Tag)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

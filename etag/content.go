package etag

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"sync"

	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/response"
)

// maxKept is the limit in bytes of what Fingerprint reads before the handler does.
const maxKept = 1 << 20

// hashedContent is the content of a request. It is hashed while it is read.
type hashedContent struct {
	body io.ReadCloser

	mu   sync.Mutex
	hash hash.Hash
	kept []byte // read by Fingerprint and not yet by the handler
	err  error  // of body
}

func newHashedContent(r *http.Request) *hashedContent {
	c := &hashedContent{body: r.Body, hash: sha256.New()}
	if c.body == nil {
		c.body = http.NoBody
	}
	for _, field := range [...]string{"Content-Type", "Content-Encoding", "Content-Language"} {
		writePart(c.hash, r.Header[field]...)
	}
	return c
}

// handOn returns r with c as its content.
func (c *hashedContent) handOn(r *http.Request) *http.Request {
	if c.body == http.NoBody {
		return r
	}
	r = r.WithContext(r.Context())
	r.Body = response.InsideMaxBytesReader(c.body, c)
	return r
}

// Read implements io.Reader.
func (c *hashedContent) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kept) > 0 {
		n := copy(p, c.kept)
		c.kept = c.kept[n:]
		return n, nil
	}
	return c.read(p)
}

// read reads from the body, and hashes what it reads.
func (c *hashedContent) read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.body.Read(p)
	_, _ = c.hash.Write(p[:n])
	c.err = err
	return n, err
}

// Close implements io.Closer.
func (c *hashedContent) Close() error { return c.body.Close() }

// fingerprint reads the rest of the body, and keeps it for the handler.
func (c *hashedContent) fingerprint() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	rest, err := io.ReadAll(io.LimitReader(readerFunc(c.read), int64(maxKept+1-len(c.kept))))
	c.kept = append(c.kept, rest...)
	switch {
	case err != nil:
		return "", layer.ContentError(err)
	case len(c.kept) > maxKept:
		return "", errors.New("etag: Fingerprint: more than 1 MiB of the content has not been read yet")
	}
	return c.sum(), nil
}

// discard reads the rest of the body, and keeps nothing.
func (c *hashedContent) discard() (fingerprint string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := io.Copy(io.Discard, readerFunc(c.read)); err != nil {
		return "", layer.ContentError(err)
	}
	return c.sum(), nil
}

// sum returns the hash of what has been read so far.
func (c *hashedContent) sum() string { return hex.EncodeToString(c.hash.Sum(nil)) }

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

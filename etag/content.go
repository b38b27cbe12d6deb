package etag

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"os"
	"sync"

	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// maxKept is how much is kept of what Fingerprint reads before the handler does.
const maxKept = 1 << 20

// content is that of a request. It is hashed while it is read.
type content struct {
	body io.ReadCloser

	mu   sync.Mutex
	hash hash.Hash
	kept []byte // read by Fingerprint and not by the handler yet
	err  error  // of body
}

func newContent(r *http.Request) *content {
	c := &content{body: r.Body, hash: sha256.New()}
	if c.body == nil {
		c.body = http.NoBody
	}
	for _, field := range [...]string{"Content-Type", "Content-Encoding", "Content-Language"} {
		writePart(c.hash, r.Header[field]...)
	}
	return c
}

// handOn is r with the content that is hashed.
func (c *content) handOn(r *http.Request) *http.Request {
	if c.body == http.NoBody {
		return r
	}
	r = r.WithContext(r.Context())
	r.Body = response.InsideMaxBytesReader(c.body, c)
	return r
}

// Read implements io.Reader.
func (c *content) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kept) > 0 {
		n := copy(p, c.kept)
		c.kept = c.kept[n:]
		return n, nil
	}
	return c.read(p)
}

// read reads on in the body.
func (c *content) read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.body.Read(p)
	_, _ = c.hash.Write(p[:n])
	c.err = err
	return n, err
}

// Close implements io.Closer.
func (c *content) Close() error { return c.body.Close() }

// fingerprint reads the rest of the body, and keeps it.
func (c *content) fingerprint() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	rest, err := io.ReadAll(io.LimitReader(readerFunc(c.read), int64(maxKept+1-len(c.kept))))
	c.kept = append(c.kept, rest...)
	switch {
	case err != nil:
		return "", contentError(err)
	case len(c.kept) > maxKept:
		return "", errors.New("etag: Fingerprint: more than 1 MiB of the content has not been read yet")
	}
	return c.sum(), nil
}

// discard reads the rest of the body, and keeps nothing.
func (c *content) discard() (fingerprint string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := io.Copy(io.Discard, readerFunc(c.read)); err != nil {
		return "", contentError(err)
	}
	return c.sum(), nil
}

func (c *content) sum() string { return hex.EncodeToString(c.hash.Sum(nil)) }

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// contentError is the problem of content that cannot be read: that of the error
// itself, if it is past a limit or has one, else the client's fault.
func contentError(err error) error {
	var own problem.Problemer
	var past *http.MaxBytesError
	switch {
	case errors.As(err, &own), errors.As(err, &past):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problem.Wrap(http.StatusRequestTimeout, err)
	}
	e := problem.Invalid()
	e.Detail, e.Err = "The content of the request did not arrive whole.", err
	return e
}

package response

import (
	"context"
	"time"
)

// scope is the context of a Writer's request: its state, and the way from the
// request to the Writer. It is the Writer itself, so that one allocation holds
// all that a request needs.
type scope Writer

type writerKey struct{}

// from returns the innermost Writer of ctx, or nil.
func from(ctx context.Context) *Writer {
	w, _ := ctx.Value(writerKey{}).(*Writer)
	return w
}

func (s *scope) Deadline() (time.Time, bool) { return s.State.Deadline() }
func (s *scope) Done() <-chan struct{}       { return s.State.Done() }
func (s *scope) Err() error                  { return s.State.Err() }

func (s *scope) Value(key any) any {
	if key == (writerKey{}) {
		return (*Writer)(s)
	}
	return s.State.Value(key)
}

// Attach returns ctx as a context of w's request, for one that a foreign layer
// has put in its place and that does not descend from it.
func Attach(ctx context.Context, w *Writer) context.Context {
	return attached{ctx, w}
}

type attached struct {
	context.Context
	w *Writer
}

func (a attached) Value(key any) any {
	if key == (writerKey{}) {
		return a.w
	}
	if v, ok := a.w.State.Own(key); ok {
		return v
	}
	return a.Context.Value(key)
}

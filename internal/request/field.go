package request

import "sync/atomic"

// Field is a value that is set at most once. A layer sets it before it calls the next
// handler, and any goroutine may read it at any time. The zero Field is not set.
type Field[T any] struct {
	phase atomic.Uint32 // unset, setting, set
	value T
}

const (
	unset = iota
	setting
	set
)

// Set sets the value if there is none, and reports whether there was none.
func (f *Field[T]) Set(v T) bool {
	if !f.phase.CompareAndSwap(unset, setting) {
		return false
	}
	f.value = v
	f.phase.Store(set)
	return true
}

// Get returns the value. ok is false if there is none.
func (f *Field[T]) Get() (v T, ok bool) {
	if f.phase.Load() != set {
		return v, false
	}
	return f.value, true
}

// Value returns the value, or the zero value if there is none.
func (f *Field[T]) Value() T {
	v, _ := f.Get()
	return v
}

// Pointer is a Field of a pointer. It is not set while the pointer is nil.
type Pointer[T any] struct{ value atomic.Pointer[T] }

// Set sets the pointer if there is none, and reports whether there was none.
func (f *Pointer[T]) Set(v *T) bool { return f.value.CompareAndSwap(nil, v) }

// Get returns the pointer, or nil if there is none.
func (f *Pointer[T]) Get() *T { return f.value.Load() }

// inherit sets the pointer that outer has, unless f has one.
func (f *Pointer[T]) inherit(outer *Pointer[T]) {
	if v := outer.Get(); v != nil {
		f.Set(v)
	}
}

// inherit sets the value that outer has, unless f has one.
func (f *Field[T]) inherit(outer *Field[T]) {
	if v, ok := outer.Get(); ok {
		f.Set(v)
	}
}

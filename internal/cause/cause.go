// Package cause returns the texts of errors for a log, with the causes that a client does
// not see.
package cause

import (
	"fmt"
	"strings"
)

// Hiding is an error whose text leaves out the error that it wraps.
type Hiding interface {
	error
	Unwrap() error
}

// Text returns the text of err, followed by the causes that the text of an E leaves out,
// for each E that err is, wraps or joins. The cause of an error in errors.Join follows on
// the line of that error. If a method of err panics, Text returns the type of err.
func Text[E Hiding](err error) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("%T", err)
		}
	}()
	text = err.Error()
	switch u := err.(type) {
	case *whole:
		return text
	case interface{ Unwrap() []error }:
		var texts, wholes []string
		for _, err := range u.Unwrap() {
			if err != nil {
				texts, wholes = append(texts, err.Error()), append(wholes, Text[E](err))
			}
		}
		if strings.Join(texts, "\n") == text { // errors.Join
			return strings.Join(wholes, "\n")
		}
	}
	if e, ok := err.(E); ok && e.Unwrap() == nil {
		return text
	}
	var b strings.Builder
	b.WriteString(text)
	write[E](&b, err)
	return b.String()
}

// write appends the causes that err's text leaves out.
func write[E Hiding](b *strings.Builder, err error) {
	if e, ok := err.(E); ok {
		if hidden := e.Unwrap(); hidden != nil {
			b.WriteString(": ")
			b.WriteString(Text[E](hidden))
		}
		return
	}
	switch u := err.(type) {
	case *whole:
		// Its text has the causes, and so has the text of an error that wraps it.
	case interface{ Unwrap() error }:
		if err := u.Unwrap(); err != nil {
			write[E](b, err)
		}
	case interface{ Unwrap() []error }:
		for _, err := range u.Unwrap() {
			if err != nil {
				write[E](b, err)
			}
		}
	}
}

// Whole returns an error that wraps err and has the text of [Text]. It returns nil for
// nil.
func Whole[E Hiding](err error) error {
	if err == nil {
		return nil
	}
	return &whole{err, Text[E](err)}
}

type whole struct {
	error
	text string
}

func (w *whole) Error() string { return w.text }
func (w *whole) Unwrap() error { return w.error }

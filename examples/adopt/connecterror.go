package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"connectrpc.com/connect"

	"github.com/apiconventions/apiconventions/problem"
)

// connectErrors makes of the problem documents with which the layers inside it
// refuse what the request's protocol knows as an error: Connect, gRPC, gRPC-Web.
// Without it, clients guess a code from the status: unimplemented from 404, internal
// from 400.
func connectErrors(next http.Handler) http.Handler {
	writer := connect.NewErrorWriter()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !writer.IsSupported(r) {
			next.ServeHTTP(w, r) // not a call: a document is as good
			return
		}
		d := &documentWriter{ResponseWriter: w}
		next.ServeHTTP(d, r)
		if !d.held {
			return
		}
		e := new(problem.Error)
		if err := json.Unmarshal(d.body.Bytes(), e); err != nil {
			e = problem.Wrap(http.StatusInternalServerError, err)
		}
		w.Header().Del("Content-Length")
		_ = writer.Write(w, r, connectError(e)) // the client has gone
	})
}

// documentWriter keeps a problem document back.
type documentWriter struct {
	http.ResponseWriter
	held bool
	body bytes.Buffer
}

func (w *documentWriter) WriteHeader(status int) {
	if w.held = status >= 400 && w.Header().Get("Content-Type") == "application/problem+json"; !w.held {
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *documentWriter) Write(p []byte) (int, error) {
	if w.held {
		return w.body.Write(p)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController, and for the layers inside.
func (w *documentWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// connectCodes are the codes of the statuses. Others are unknown.
var connectCodes = map[int]connect.Code{
	http.StatusBadRequest:            connect.CodeInvalidArgument,
	http.StatusUnauthorized:          connect.CodeUnauthenticated,
	http.StatusForbidden:             connect.CodePermissionDenied,
	http.StatusNotFound:              connect.CodeNotFound,
	http.StatusConflict:              connect.CodeAborted,
	http.StatusPreconditionFailed:    connect.CodeFailedPrecondition,
	http.StatusPreconditionRequired:  connect.CodeFailedPrecondition,
	http.StatusRequestEntityTooLarge: connect.CodeResourceExhausted,
	http.StatusTooManyRequests:       connect.CodeResourceExhausted,
	http.StatusInternalServerError:   connect.CodeInternal,
	http.StatusServiceUnavailable:    connect.CodeUnavailable,
}

// connectError is err with the text that was written for the client, and no cause.
func connectError(err error) error {
	e := problem.From(err)
	code, ok := connectCodes[e.Status]
	if !ok {
		code = connect.CodeUnknown
	}
	text := e.Detail
	if text == "" {
		text = e.Title
	}
	return connect.NewError(code, errors.New(text))
}

package main

import (
	"io"
	"net/http"

	"github.com/gin-gonic/gin"
)

// ginWriter is the writer of a layer, such as etag.Computed, as gin's: like gin's
// own it keeps the status until the first byte.
type ginWriter struct {
	gin.ResponseWriter // the one before the layer
	layer              http.ResponseWriter
	status, size       int
	begun              bool
}

func (w *ginWriter) Header() http.Header { return w.layer.Header() }

func (w *ginWriter) WriteHeader(status int) {
	if !w.begun {
		w.status = status
	}
}

func (w *ginWriter) WriteHeaderNow() {
	if !w.begun && w.status != 0 {
		w.begun = true
		w.layer.WriteHeader(w.status)
	}
}

func (w *ginWriter) Write(p []byte) (int, error) {
	w.WriteHeaderNow()
	w.begun = true
	n, err := w.layer.Write(p)
	w.size += n
	return n, err
}

func (w *ginWriter) WriteString(s string) (int, error) {
	w.WriteHeaderNow()
	w.begun = true
	n, err := io.WriteString(w.layer, s)
	w.size += n
	return n, err
}

func (w *ginWriter) Flush() {
	w.WriteHeaderNow()
	w.begun = true
	_ = http.NewResponseController(w.layer).Flush()
}

func (w *ginWriter) Status() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}

func (w *ginWriter) Size() int {
	if !w.begun {
		return -1
	}
	return w.size
}

func (w *ginWriter) Written() bool { return w.begun }

// Unwrap is for http.ResponseController.
func (w *ginWriter) Unwrap() http.ResponseWriter { return w.layer }

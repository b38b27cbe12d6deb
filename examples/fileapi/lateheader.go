package main

import "net/http"

// lateHeader holds the header of a success back until the first byte of its body is there, or send is
// called: content that cannot be read is then an error response, and no success that breaks off.
type lateHeader struct {
	http.ResponseWriter
	status int // held, 0 = none
}

func (w *lateHeader) WriteHeader(status int) {
	if status >= 200 && status < 300 {
		w.status = status
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *lateHeader) Write(p []byte) (int, error) {
	w.send()
	return w.ResponseWriter.Write(p)
}

func (w *lateHeader) send() {
	if w.status != 0 {
		w.ResponseWriter.WriteHeader(w.status)
		w.status = 0
	}
}

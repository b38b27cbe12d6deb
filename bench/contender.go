package main

import (
	"net/http"
	"strconv"
)

// An op does one contender's work once and returns its response: the same
// function is timed and asked.
type op func() string

// A library is one way to do a kind of work. Its with binds an input and
// returns the op, or nil where the library has no such notion. A name with a
// star is that of one that does a part of the work only.
type library[I any] struct {
	name string
	with func(in I) op
}

// A contender is a library bound to an input.
type contender struct {
	name string
	op   op
}

// ours is this library's name in every table.
const ours = "ours"

// each binds one input to all libraries.
func each[I any](libraries []library[I], in I) []contender {
	var cs []contender
	for _, l := range libraries {
		if do := l.with(in); do != nil {
			cs = append(cs, contender{l.name, do})
		}
	}
	return cs
}

// status is code as text without an allocation.
func status(code int) string { return statuses[code] }

var statuses = func() (s [600]string) {
	for i := range s {
		s[i] = strconv.Itoa(i)
	}
	return s
}()

// A recorder is a ResponseWriter that keeps the header and the status and
// forgets the body. One serves all calls of an op.
type recorder struct {
	header http.Header
	status int
	bytes  int
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(code int) {
	if w.status == 0 && (code >= 200 || code == http.StatusSwitchingProtocols) {
		w.status = code
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.bytes += len(p)
	return len(p), nil
}

// serve is the op that sends r through h. Its response is the status.
func serve(h http.Handler, r *http.Request) op {
	w := &recorder{header: http.Header{}}
	return func() string {
		clear(w.header)
		w.status, w.bytes = 0, 0
		h.ServeHTTP(w, r)
		w.WriteHeader(http.StatusOK)
		return status(w.status)
	}
}

// request is a GET, or another method, with the given fields.
func request(method string, fields http.Header) *http.Request {
	r, err := http.NewRequest(method, "/files/7", nil)
	if err != nil {
		panic(err)
	}
	r.RequestURI = "/files/7"
	r.RemoteAddr = "192.0.2.1:4711"
	r.Host = "api.example"
	for name, lines := range fields {
		r.Header[name] = lines
	}
	return r
}

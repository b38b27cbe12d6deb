package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

// edges are a service's outer layers: request id in the response and on the
// log line, a log line, and a recovered panic.
var edges = []service{
	bare,
	on(ours, edgeService),
	on("least", leastService),
	on("hlog", hlogService),
	ginEdge,
	fiberEdge,
}

// chains are whole services: an edge, then tenant, content type, accept and
// precondition or computed tag for each route.
var chains = []service{
	bare,
	on(ours, chainService),
	on("assembled", assembledService),
	ginChain,
	on("huma", humaService),
	fiberChain,
}

// bare is net/http: the handlers and a mux, with nothing around them. It
// responds to each request as if all was well.
var bare = on("net/http", func(s setting) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/files/{id}", getFile)
	mux.HandleFunc("/computed/{id}", getFile)
	mux.HandleFunc("GET /content/{id}", download(s.file))
	mux.HandleFunc("PUT /content/{id}", upload)
	mux.HandleFunc("GET /events/{id}", events)
	return mux
})

// find finds a service by its full name.
func find(name string) (service, bool) {
	for kind, services := range map[string][]service{"edge": edges, "chain": chains} {
		for _, s := range services {
			if kind+"/"+s.name == name {
				return s, true
			}
		}
	}
	return service{}, false
}

// stored are the files that there are, by their ids: both at version 7, for
// each of the tenants.
var (
	stored  = map[string][]byte{"7": smallBody, "1k": kibibyte}
	granted = []string{"1234567", "7654321"}
)

// fileTag is the tag that a service writes by hand: it names the version, the
// tenant and the type.
func fileTag(tenant, mediaType string) string {
	return `"7.` + tenant + "." + mediaType + `"`
}

var (
	smallBody = []byte(`{"id":7,"name":"a file"}`)
	kibibyte  = append(append([]byte(`{"id":"1k","name":"`), bytes.Repeat([]byte("a"), 1003)...), `"}`...)
	jsonType  = []string{"application/json"}
)

// The handlers do the service's own work, which is the same for all that run
// on net/http. They allocate nothing.

// small responds with one small JSON document, whatever the request.
var small = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	w.Header()["Content-Type"] = jsonType
	w.Write(smallBody)
})

// getFile responds with a file's JSON document.
func getFile(w http.ResponseWriter, r *http.Request) {
	body := stored[r.PathValue("id")]
	w.Header()["Content-Type"] = jsonType
	w.Write(body)
}

// putFile takes any change.
func putFile(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) }

// download sends the file.
func download(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f, err := os.Open(name)
		if err != nil {
			http.Error(w, "not readable", http.StatusInternalServerError)
			return
		}
		defer f.Close()
		w.Header()["Content-Type"] = octets
		http.ServeContent(w, r, "", time.Time{}, f)
	}
}

var octets = []string{"application/octet-stream"}

// upload reads the content to its end, in pieces of the size that io.Copy takes
// to a file.
func upload(w http.ResponseWriter, r *http.Request) {
	piece := pieces.Get().(*[]byte)
	defer pieces.Put(piece)
	if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, r.Body, *piece); err != nil {
		http.Error(w, "not read", http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

var pieces = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

// events sends as many events as the route asks for, each by itself.
func events(w http.ResponseWriter, r *http.Request) {
	w.Header()["Content-Type"] = eventStream
	c := http.NewResponseController(w)
	for range eventCount[r.PathValue("id")] {
		if _, err := w.Write(event); err != nil {
			return
		}
		if err := c.Flush(); err != nil {
			return
		}
	}
}

var (
	event       = []byte("data: {\"id\":7}\n\n")
	eventStream = []string{"text/event-stream"}
	eventCount  = map[string]int{"100": 100, "1000": 1000}
)

// contentFile is the file that download sends, of contentSize bytes.
var contentFile string

const contentSize = 10 << 20

// makeContent makes the file, and the function that removes it.
func makeContent() (remove func(), err error) {
	f, err := os.CreateTemp("", "bench")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	contentFile = f.Name()
	_, err = f.Write(bytes.Repeat([]byte("abcdefgh"), contentSize/8))
	return func() { os.Remove(contentFile) }, err
}

package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// questions are what the responses table asks of the row's contenders.
func (r wireRow) questions() []question {
	var qs []question
	for _, a := range append([]ask{r.ask}, r.more()...) {
		q := question{"On the wire, " + r.kind, a.name, a.section, a.right, nil}
		for _, s := range r.services()[1:] {
			q.among = append(q.among, contender{s.name, func() string { return a.see(a.of(s)) }})
		}
		qs = append(qs, q)
	}
	return qs
}

// wireQuestions are the questions of all rows, each once.
func wireQuestions() []question {
	var qs []question
	for _, kind := range []string{"edge", "chain"} {
		known := map[string]bool{}
		for _, r := range wireRows() {
			for _, q := range r.questions() {
				if r.kind == kind && !known[q.name] {
					known[q.name] = true
					qs = append(qs, q)
				}
			}
		}
	}
	return qs
}

// of does the exchange with the service, in this process, and waits for the log
// line.
func (a ask) of(s service) seen {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	lines := make(logLines, 16)
	go s.serve(l, setting{lines, contentFile})
	x := a.exchange
	if x.needsTag() {
		x = x.withTag(l.Addr().String())
		lines.next()
	}
	got := x.once(l.Addr().String())
	got.log = lines.next()
	return got
}

// logLines are lines that a service has logged.
type logLines chan string

func (l logLines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// next waits for a line, which comes after the response. It gives up at last,
// for a service that has none.
func (l logLines) next() string {
	select {
	case line := <-l:
		return line
	case <-time.After(10 * time.Second):
		return ""
	}
}

// wrong says of the contenders that respond wrongly to a question of the row
// what they respond.
func (r wireRow) wrong() map[string]string {
	wrong := map[string]string{}
	for _, q := range r.questions() {
		for _, reply := range q.ask() {
			if !slices.Contains(q.right, reply.response) {
				wrong[reply.name] = reply.response
			}
		}
	}
	return wrong
}

// seeStatus is the status.
func seeStatus(s seen) string {
	if s.broken {
		return "broken"
	}
	return status(s.status)
}

// logged is what seeLogged returns where all is there.
const logged = "200, logged with its id"

var idInLog = regexp.MustCompile(`"request_id":"([^"]+)"`)

// seeLogged looks for the id in the response and on the line, with the other
// fields that each line has.
func seeLogged(s seen) string {
	id := s.header.Get("X-Request-Id")
	switch m := idInLog.FindStringSubmatch(s.log); {
	case s.broken || s.status != http.StatusOK:
		return seeStatus(s)
	case s.body != string(smallBody):
		return "200, another body"
	case id == "":
		return "200 without an id"
	case m == nil || m[1] != id:
		return "200, logged without the id"
	}
	for _, field := range []string{`"method":"GET"`, `"path":"/`, `"status":200`, `"bytes":24`, `"duration":`} {
		if !strings.Contains(s.log, field) {
			return "200, logged without " + field
		}
	}
	return logged
}

// seeTagged looks for what a cache needs as well.
func seeTagged(s seen) string { return seeLogged(s) + cached(s) }

func see304(s seen) string { return seeStatus(s) + cached(s) }

// wellCached is what cached returns where all is there.
const wellCached = ", ETag, Vary and private"

// cached looks for what keeps a cache from a wrong response: a tag, Vary with all
// that the response depends on, and that it is this client's alone and asked for
// again each time.
func cached(s seen) string {
	switch {
	case s.header.Get("ETag") == "":
		return ", no ETag"
	case !s.lists("Vary", "X-Raet-Tenant-Id", "Accept"):
		return ", Vary: " + strings.Join(s.header.Values("Vary"), ", ")
	case !s.lists("Cache-Control", "private", "no-cache"):
		return ", Cache-Control: " + strings.Join(s.header.Values("Cache-Control"), ", ")
	}
	return wellCached
}

// lists reports whether the field's list has each of the elements.
func (s seen) lists(field string, elements ...string) bool {
	list := strings.Split(strings.ToLower(strings.Join(s.header.Values(field), ",")), ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	for _, element := range elements {
		if !slices.Contains(list, strings.ToLower(element)) {
			return false
		}
	}
	return true
}

// seeDocument looks for a problem document with title, status, detail and the
// request's id, that no cache stores and no browser takes for another type.
func seeDocument(s seen) string {
	var members struct {
		Title, Detail string
		Status        int
		RequestID     string `json:"requestId"`
	}
	lacks := ""
	switch {
	case s.header.Get("Content-Type") != "application/problem+json" || json.Unmarshal([]byte(s.body), &members) != nil:
		return seeStatus(s) + ", no document"
	case members.Title == "":
		lacks = "title"
	case members.Status != s.status:
		lacks = "status"
	case members.Detail == "":
		lacks = "detail"
	case members.RequestID == "" || members.RequestID != s.header.Get("X-Request-Id"):
		lacks = "requestId"
	case !s.lists("Cache-Control", "no-store"):
		lacks = "no-store"
	case s.header.Get("X-Content-Type-Options") != "nosniff":
		lacks = "nosniff"
	default:
		return seeStatus(s) + ", a document"
	}
	return seeStatus(s) + ", a document without " + lacks
}

// seeConflict looks for what the client goes on with as well.
func seeConflict(s seen) string {
	if s.header.Get("ETag") == "" {
		return seeDocument(s) + " without ETag"
	}
	return seeDocument(s) + " with ETag"
}

func seeLength(s seen) string { return fmt.Sprintf("%s, %d bytes", seeStatus(s), len(s.body)) }

package main

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A question is one input on which libraries differ. More than one response
// can be right.
type question struct {
	subject, name, section string
	right                  []string
	among                  []contender
}

// A reply is one library's response to a question.
type reply struct{ name, response string }

// ask asks every library the question.
func (q question) ask() []reply {
	var replies []reply
	for _, c := range q.among {
		replies = append(replies, reply{c.name, c.op()})
	}
	return replies
}

// responses asks all questions and prints a table for each subject, with those
// whose response is wrong. It counts our own wrong ones.
func responses(out io.Writer, chosen *regexp.Regexp) (wrong int) {
	var t table
	subject := ""
	for _, q := range questions() {
		if !chosen.MatchString(q.name) && !chosen.MatchString(q.subject) {
			continue
		}
		if q.subject != subject {
			subject = q.subject
			progress("responses: %s", subject)
			t.print(out)
			t = table{{subject, "RFC", "right", "wrong, of " + strings.Join(who(q.among), ", ")}}
		}
		var bad []string
		for _, r := range q.ask() {
			if slices.Contains(q.right, r.response) {
				continue
			}
			if r.name == ours {
				wrong++
			}
			bad = append(bad, fmt.Sprintf("%s: %s", r.name, orNone(r.response)))
		}
		t.add(q.name, q.section, orNone(strings.Join(q.right, " or ")), strings.Join(bad, "; "))
	}
	t.print(out)
	return wrong
}

// who is the contenders by name.
func who(cs []contender) []string {
	var ns []string
	for _, c := range cs {
		ns = append(ns, c.name)
	}
	return ns
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

const (
	typeJSON = "application/json"
	typeXML  = "application/xml"
	typeHTML = "text/html"
)

var modified = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func questions() []question {
	var qs []question

	offered := func(name, section, right string, offers []string, lines ...string) {
		qs = append(qs, question{"Accept", name, section, []string{right}, each(negotiators, accept{lines, offers})})
	}
	offered("nothing asked for", "9110 §12.5.1", typeJSON, []string{typeJSON, typeXML})
	offered("*/*", "9110 §12.5.1", typeJSON, []string{typeJSON, typeXML}, "*/*")
	offered("text/*", "9110 §12.5.1", typeHTML, []string{typeJSON, typeHTML}, "text/*")
	offered("nothing acceptable", "9110 §15.5.7", "", []string{typeJSON, typeXML}, "image/png")
	offered("a beginning of a type", "9110 §12.5.1", "", []string{typeJSON}, "application/j")
	offered("quality decides", "9110 §12.4.2", typeXML, []string{typeJSON, typeXML}, "application/json;q=0.5, application/xml")
	offered("q=0 excludes", "9110 §12.4.2", typeXML, []string{typeJSON, typeXML}, "application/json;q=0, */*")
	offered("q=0 alone", "9110 §12.4.2", "", []string{typeJSON}, "application/json;q=0")
	offered("*/*;q=0", "9110 §12.4.2", typeJSON, []string{typeXML, typeJSON}, "application/json, */*;q=0")
	offered("the specific range rules", "9110 §12.5.1", typeJSON, []string{typeHTML, typeJSON}, "text/html;q=0.1, text/*;q=0.9, application/json;q=0.5")
	offered("the RFC's first example", "9110 §12.5.1", "audio/basic", []string{"audio/ogg", "audio/basic"}, "audio/*; q=0.2, audio/basic")
	offered("a type in capitals", "9110 §8.3.1", typeJSON, []string{typeJSON}, "Application/JSON")
	offered("Q in a capital", "9110 §5.6.6", typeXML, []string{typeJSON, typeXML}, "application/json;Q=0.1, application/xml;Q=0.9")
	offered("blanks around the semicolon", "9110 §5.6.6", typeXML, []string{typeJSON, typeXML}, "application/json ; q=0.2 , application/xml ; q=0.5")
	offered("a comma in quotes", "9110 §5.6.4", typeHTML, []string{typeJSON, typeHTML}, `text/plain;x=", application/json, ", text/html;q=0.5`)
	offered("several lines", "9110 §5.3", typeJSON, []string{typeJSON}, "text/html", "application/json")
	offered("an empty element", "9110 §5.6.1", typeJSON, []string{typeJSON}, ", ,application/json,")
	offered("Chrome", "9110 §12.5.1", typeHTML, []string{typeJSON, typeHTML}, chrome)

	typed := func(name, section, right string, in content) {
		if in.body == "" {
			in.body = "{}"
		}
		qs = append(qs, question{"Content-Type", name, section, strings.Split(right, "|"), each(contentTypes, in)})
	}
	post := func(types ...string) content { return content{method: http.MethodPost, types: types} }
	typed("a parameter", "9110 §8.3.1", "200", post("application/json; charset=utf-8"))
	typed("in capitals", "9110 §8.3.1", "200", post("Application/JSON"))
	typed("content without a type", "9110 §8.3", "415", post())
	typed("DELETE with content of another type", "9110 §15.5.16", "415", content{method: http.MethodDelete, types: []string{"text/plain"}})
	typed("a type with nothing behind the slash", "9110 §8.3.1", "400|415", post("application/"))
	typed("two types", "9110 §8.3", "400|415", post("application/json", "text/plain"))
	typed("a list", "9110 §8.3", "400|415", post("application/json, text/plain"))
	typed("multipart without a boundary", "2046 §5.1.1", "400|415", post("multipart/form-data"))
	accepts := post("text/plain")
	accepts.see = func(r *http.Response) string {
		if r.Header.Get("Accept") == "" {
			return "415, but of what?"
		}
		return "415 with Accept"
	}
	typed("the refusal says what is taken", "9110 §15.5.16", "415 with Accept", accepts)
	echo := post("text/SECRET")
	echo.see = func(r *http.Response) string {
		if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), "SECRET") {
			return "echoed"
		}
		return "not echoed"
	}
	typed("the client's field in the refusal", "9457 §5", "not echoed", echo)

	conditional := func(name, section, right, method, tag string, fields ...string) {
		in := condition{method: method, tag: tag, modified: modified, fields: http.Header{}}
		for i := 0; i < len(fields); i += 2 {
			in.fields[fields[i]] = append(in.fields[fields[i]], fields[i+1])
		}
		qs = append(qs, question{"Preconditions", name, section, strings.Split(right, "|"), each(guards, in)})
	}
	const (
		inm, im  = "If-None-Match", "If-Match"
		since    = "If-Modified-Since"
		until    = "If-Unmodified-Since"
		v1       = `"v1"`
		conflict = "409|412" // §13.1.1 lets the server choose
	)
	before := modified.Add(-time.Hour).Format(http.TimeFormat)
	same := modified.Format(http.TimeFormat)
	get, put, postM := http.MethodGet, http.MethodPut, http.MethodPost
	conditional("the tag that it has", "9110 §13.1.2", "304", get, v1, inm, v1)
	conditional("the tag, weak", "9110 §13.1.2", "304", get, v1, inm, `W/"v1"`)
	conditional("another tag", "9110 §13.1.2", "200", get, v1, inm, `"v0"`)
	conditional("If-None-Match: *", "9110 §13.1.2", "304", get, v1, inm, "*")
	conditional("a tag inside another", "9110 §13.1.2", "200", get, v1, inm, `"xv1x"`)
	conditional("a list with blanks", "9110 §5.6.1", "304", get, v1, inm, `"v0", "v1"`)
	conditional("on the second line", "9110 §5.3", "304", get, v1, inm, `"v0"`, inm, v1)
	conditional("a comma in the tag", "9110 §8.8.3", "304", get, `"a,b"`, inm, `"x", "a,b"`)
	conditional("a comma makes no tag", "9110 §8.8.3", "200", get, `"b"`, inm, `"a,b"`)
	conditional("without quotes", "9110 §8.8.3", "200", get, v1, inm, `v1`)
	conditional("POST with a matching If-None-Match", "9110 §13.1.2", "412", postM, v1, inm, v1)
	conditional("PUT, If-None-Match: *, there", "9110 §13.1.2", "412", put, v1, inm, "*")
	conditional("PUT, If-None-Match: *, not there", "9110 §13.1.2", "200", put, "", inm, "*")
	conditional("PUT, If-Match with the tag", "9110 §13.1.1", "200", put, v1, im, v1)
	conditional("PUT, If-Match with another", "9110 §13.1.1", conflict, put, v1, im, `"v0"`)
	conditional("PUT, If-Match: *", "9110 §13.1.1", "200", put, v1, im, "*")
	conditional("PUT, If-Match: *, not there", "9110 §13.1.1", conflict, put, "", im, "*")
	conditional("PUT, If-Match with it weak", "9110 §13.1.1", conflict, put, v1, im, `W/"v1"`)
	conditional("PUT, If-Match, own tag weak", "9110 §13.1.1", conflict, put, `W/"v1"`, im, `W/"v1"`)
	conditional("PUT, If-Match, second line", "9110 §5.3", "200", put, v1, im, `"v0"`, im, v1)
	conditional("GET, If-Match with another", "9110 §13.1.1", "412", get, v1, im, `"v0"`)
	conditional("GET, not modified since", "9110 §13.1.3", "304", get, v1, since, same)
	conditional("GET, modified since", "9110 §13.1.3", "200", get, v1, since, before)
	conditional("GET, a tag before a date", "9110 §13.2.2", "200", get, v1, inm, `"v0"`, since, same)
	conditional("PUT, If-Modified-Since is nothing", "9110 §13.1.3", "200", put, v1, since, same)
	conditional("PUT, modified since", "9110 §13.1.4", conflict, put, v1, until, before)
	conditional("PUT, a tag before a date", "9110 §13.2.2", "200", put, v1, im, v1, until, before)
	conditional("a date that is none", "9110 §13.1.3", "200", get, v1, since, "yesterday")

	tagged := func(name, section, right string, in page) {
		if in.body == nil {
			in.body = smallBody
		}
		qs = append(qs, question{"Computed tags", name, section, []string{right}, each(taggers, in)})
	}
	tagged("the tag again", "9110 §13.1.2", "304", page{method: get, revalid: true})
	tagged("the tag again, weak", "9110 §13.1.2", "304", page{method: get, revalid: true, fields: http.Header{inm: {"W/TAG"}}})
	tagged("in a list", "9110 §5.6.1", "304", page{method: get, revalid: true, fields: http.Header{inm: {`"x", TAG`}}})
	tagged("in a list of weak ones", "9110 §5.6.1", "304", page{method: get, revalid: true, fields: http.Header{inm: {`W/"x", W/TAG`}}})
	tagged("on the second line", "9110 §5.3", "304", page{method: get, revalid: true, fields: http.Header{inm: {`"x"`, "TAG"}}})
	tagged("If-None-Match: *", "9110 §13.1.2", "304", page{method: get, fields: http.Header{inm: {"*"}}})
	tagged("If-Match with another", "9110 §13.1.1", "412", page{method: get, fields: http.Header{im: {`"x"`}}})
	tagged("a POST that was done", "9110 §13.1.2", "200", page{method: postM, revalid: true})
	tagged("a 404 with the same body", "9110 §13.2.1", "404", page{method: get, status: http.StatusNotFound, revalid: true})

	visited := func(name, section, right string, log bool, see func(seen) string, h http.HandlerFunc, fields http.Header) {
		qs = append(qs, question{"Edge", name, section, strings.Split(right, "|"), each(outerLayers, visit{h, fields, log, see})})
	}
	client := func(s seen) string {
		if s.broken {
			return "broken"
		}
		return status(s.status)
	}
	logged := func(s seen) string { return s.logged }
	hints := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusNotFound)
	}
	visited("103, then 404", "9110 §15.2", "404", false, client, hints, nil)
	visited("103, then 404, in the log", "9110 §15.2", "404", true, logged, hints, nil)
	visited("nothing written, in the log", "9110 §15", "200", true, logged, nothing, nil)
	visited("flush, then a body, in the log", "9110 §15", "200", true, logged, func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).Flush()
		w.Write(smallBody)
	}, nil)
	visited("a deadline through the writer", "-", "works", false, func(s seen) string { return s.body }, func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
			io.WriteString(w, "fails")
			return
		}
		io.WriteString(w, "works")
	}, nil)
	early := func(w http.ResponseWriter, r *http.Request) { panic("early") }
	visited("a panic before the first byte", "9110 §15.6.1", "500|broken", false, client, early, nil)
	visited("the same, in the log", "9110 §15.6.1", "500", true, logged, early, nil)
	visited("a panic after the first byte", "9112 §8", "broken", false, client, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "half")
		panic("late")
	}, nil)
	visited("http.ErrAbortHandler", "9112 §8", "broken", false, client, func(w http.ResponseWriter, r *http.Request) {
		panic(http.ErrAbortHandler)
	}, nil)
	visited("http.Error with a cause", "9457 §5", "500, no cause", false, func(s seen) string {
		return client(s) + cause(s.body)
	}, func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, errSecret.Error(), http.StatusInternalServerError)
	}, nil)
	long := strings.Repeat("id", 5000)
	visited("10,000 bytes of request id, in the log", "-", "not taken", true, func(s seen) string {
		if strings.Contains(s.log, long) {
			return "taken"
		}
		return "not taken"
	}, nothing, http.Header{"X-Request-Id": {long}})

	failed := func(name, section, right string, in failure) {
		qs = append(qs, question{"A handler's error", name, section, []string{right}, each(failures, in)})
	}
	failed("the cause", "9457 §5", "500, no cause", failure{see: func(r *http.Response, body string) string {
		return status(r.StatusCode) + cause(body)
	}})
	failed("is it a problem document?", "9457 §3", "application/problem+json", failure{see: func(r *http.Response, _ string) string {
		return r.Header.Get("Content-Type")
	}})
	failed("ETag and max-age set before", "9111 §3", "500 without", failure{
		before: http.Header{"Etag": {v1}, "Cache-Control": {"max-age=3600"}},
		see: func(r *http.Response, _ string) string {
			if r.Header.Get("ETag") != "" || strings.Contains(r.Header.Get("Cache-Control"), "max-age") {
				return status(r.StatusCode) + " with them"
			}
			return status(r.StatusCode) + " without"
		},
	})

	for _, in := range []struct{ name, section, method, right string }{
		{"a method without a route", "9110 §15.5.6", http.MethodDelete, "405 with Allow"},
		{"HEAD on the route of GET", "9110 §9.1", http.MethodHead, "200"},
	} {
		qs = append(qs, question{"Routing", in.name, in.section, []string{in.right}, each(routers, in.method)})
	}

	return append(qs, wireQuestions()...)
}

// cause says whether the text has the cause in it.
func cause(body string) string {
	if strings.Contains(body, errSecret.Error()) {
		return " tells the cause"
	}
	return ", no cause"
}

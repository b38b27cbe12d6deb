package conformance

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// hasType reports whether a problem document has the type, whatever the base of
// the types is.
func hasType(e *exchange, slug string) bool {
	var d struct{ Type string }
	_ = json.Unmarshal([]byte(e.body), &d)
	return d.Type == slug || strings.HasSuffix(d.Type, "/"+slug) || strings.HasSuffix(d.Type, ":"+slug) || strings.HasSuffix(d.Type, "#"+slug)
}

// malformedProblem says why the response is no problem document (RFC 9457 §3), or "".
func malformedProblem(e *exchange) string {
	if t := mediaType(e.get("Content-Type")); t != "application/problem+json" {
		return fmt.Sprintf("its type is %q", t)
	}
	return malformedMembers(e)
}

func malformedMembers(e *exchange) string {
	var members map[string]any
	if err := json.Unmarshal([]byte(e.body), &members); err != nil || members == nil {
		return "it is no JSON object"
	}
	for _, name := range []string{"type", "title", "detail", "instance"} {
		v, there := members[name]
		s, text := v.(string)
		switch {
		case there && !text:
			return name + " is no string"
		case there && s == "" && name != "instance":
			return name + " is empty"
		case name == "type" || name == "instance":
			if _, err := url.Parse(s); err != nil {
				return name + " is no URI reference"
			}
		}
	}
	if members["title"] == nil {
		return "it has no title"
	}
	if members["status"] != float64(e.status) {
		return fmt.Sprintf("its status is %v", members["status"])
	}
	if id := e.get("X-Request-Id"); members["requestId"] != nil && members["requestId"] != id {
		return "its requestId is not the X-Request-Id"
	}
	return ""
}

// causes are what the inside of a service looks like, in the languages and
// databases that services are made of.
var causes = regexp.MustCompile(`goroutine \d+|runtime error|nil pointer|panic:|\w+\.(go|py|java|rb|cs|js|ts):\d+|\bsql: |\bpq: |SQLSTATE|SQLITE_|no such table|` +
	`Traceback \(most recent|\bat [\w.$]+\([\w.]+:\d+\)|(?i:syntax error at or near)|dial tcp|connection refused|context (canceled|deadline)|` +
	`json: cannot|invalid character '.+' (after|looking)|unexpected end of JSON|strconv\.|uuid: |EOF$|\w+Exception\b|/(home|usr|var|root|etc)/\w+`)

// cause is the first thing in a body that looks like the inside of the service.
func cause(body string) string { return causes.FindString(body) }

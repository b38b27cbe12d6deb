package conformance

import (
	"fmt"
	"net/http"
)

// likeGet fails the check unless the response to HEAD says nothing else than that
// to GET. Fields may be missing (RFC 9110 §9.3.2).
func (p *probe) likeGet(what string, get, head *exchange) {
	switch {
	case head.status != get.status:
		p.fail(fmt.Sprintf("HEAD of %s is %d, and GET %d", what, head.status, get.status), get, head)
	case head.body != "":
		p.fail("the response to HEAD has content", head)
	}
	for name := range head.header {
		if passing[name] || name == "Transfer-Encoding" {
			continue
		}
		a, b := head.get(name), get.get(name)
		if name == "Content-Length" && b == "" {
			b = fmt.Sprint(len(get.body)) // GET in chunks
		}
		if a != b && (get.get(name) == "" || p.send(get.call).get(name) == b) {
			p.fail(fmt.Sprintf("%s of HEAD of %s is %q, and of GET %q", name, what, a, b), get, head)
		}
	}
}

func head() []check {
	const advice = "Let HEAD run the code of GET, and leave the content to the server. A HEAD route of its own drifts away."
	return []check{{
		name:      "head/like-get",
		sentence:  "HEAD has the status and the fields of GET, and no content; fields may be missing, and none may differ.",
		reference: "RFC 9110 §9.3.2, §8.6",
		advice:    advice,
		run: func(p *probe) {
			for _, t := range p.types() {
				get := p.read(accepting(t)...)
				p.likeGet("the resource", get, p.send(call{method: http.MethodHead, path: p.resource.Path, as: p.owner(), fields: accepting(t)}))
			}
		},
	}, {
		name:      "head/conditions",
		sentence:  "HEAD is 304 and 412 where GET is.",
		reference: "RFC 9110 §9.3.2, §13.1",
		advice:    advice,
		run: func(p *probe) {
			tag, _ := p.tag()
			for _, condition := range []string{field("If-None-Match", tag), "If-None-Match: *", field("If-Match", another(tag)), field("If-None-Match", another(tag))} {
				get := p.get(p.resource.Path, condition)
				p.likeGet("the resource with a condition", get, p.send(call{method: http.MethodHead, path: p.resource.Path, as: p.owner(), fields: []string{condition}}))
			}
		},
	}, {
		name:      "head/errors",
		sentence:  "HEAD of what is an error has the status and the fields of GET.",
		reference: "RFC 9110 §9.3.2, §8.6",
		advice:    advice,
		run: func(p *probe) {
			for _, r := range p.provoke() {
				if r.method == http.MethodGet {
					c := r.call
					c.method = http.MethodHead
					p.likeGet(r.what, r.exchange, p.send(c))
				}
			}
		},
	}}
}

package conformance

import (
	"fmt"
	"net/http"
)

// tokenRequest is the described request for a token.
func (p *probe) tokenRequest(fields ...string) call {
	p.needs(p.service.Token != nil, "a request for a token (token)")
	if p.service.ReadOnly {
		p.skip("read-only: the check sends " + p.service.Token.Method)
	}
	c := p.write(p.service.Token, fields...)
	c.as, c.secret = identity{}, true
	return c
}

func tokenEndpoint() []check {
	return []check{{
		name:      "token/needs-no-cache",
		sentence:  "A request for a token needs Cache-Control: no-cache: 400 without it.",
		reference: convention,
		advice:    "Refuse the request before the credentials are looked at.",
		once:      true,
		run: func(p *probe) {
			e := p.send(p.tokenRequest())
			e.body = withheld(e)
			p.want(e, "a request for a token without Cache-Control", http.StatusBadRequest)
			if why := malformedMembers(e); why != "" {
				p.fail("the 400 is no problem document: "+why, e)
			}
			again := p.send(p.tokenRequest("Cache-Control: max-age=0"))
			again.body = withheld(again)
			p.want(again, "a request for a token with another Cache-Control", http.StatusBadRequest)
		},
	}, {
		name:      "token/no-store",
		sentence:  "A token is answered with 200 and Cache-Control: no-store.",
		reference: "RFC 6749 §5.1",
		advice:    "Set Cache-Control: no-store on every response of the token endpoint.",
		once:      true,
		run: func(p *probe) {
			for _, value := range []string{"no-cache", "No-Cache", "max-age=0, no-cache"} {
				e := p.send(p.tokenRequest(field("Cache-Control", value)))
				e.body = withheld(e)
				p.want(e, "a request for a token", http.StatusOK)
				if !directive(e.header, "no-store") {
					p.fail(fmt.Sprintf("Cache-Control of the token is %q", e.get("Cache-Control")), e)
				}
			}
		},
	}, {
		name:      "token/errors",
		sentence:  "A request for a token with a wrong type or method is refused, and not stored.",
		reference: "RFC 6749 §5.2, RFC 9110 §15.5.6",
		advice:    "Answer 400 or 415 to what is no form, and 405 to GET.",
		once:      true,
		run: func(p *probe) {
			c := p.tokenRequest("Cache-Control: no-cache")
			c.content = "conformance"
			e := p.send(c)
			p.want(e, "a request for a token without credentials", http.StatusBadRequest, http.StatusUnauthorized, http.StatusUnsupportedMediaType)
			if !directive(e.header, "no-store") {
				p.fail(fmt.Sprintf("Cache-Control of the refusal is %q", e.get("Cache-Control")), e)
			}
			p.want(p.send(call{method: http.MethodGet, path: p.service.Token.Path, fields: []string{"Cache-Control: no-cache"}}), "GET of the token endpoint", http.StatusMethodNotAllowed)
		},
	}}
}

// withheld is the body of a response that may have a token in it.
func withheld(e *exchange) string {
	if e.success() {
		return "(withheld)"
	}
	return e.body
}

package conformance

import (
	"fmt"
	"net/http"
	"time"
)

func reading() []check {
	return []check{{
		name:      "read/is-there",
		sentence:  "The described resource can be read.",
		reference: "RFC 9110 §9.3.1",
		advice:    "Check the path, the token and the tenant of the description; without this read no other check of the resource says anything.",
		run: func(p *probe) {
			e := p.get(p.resource.Path)
			p.want(e, "a GET of the described resource", http.StatusOK)
			p.note("read in %v", e.took.Round(10*time.Microsecond))
		},
	}, {
		name:      "read/moved",
		sentence:  "An old path redirects for good, and keeps the method.",
		reference: "RFC 9110 §15.4.9",
		advice:    "Answer 308 with a Location. Clients turn other methods into GET after a 301 or 302.",
		run: func(p *probe) {
			p.needs(p.resource.Moved != "", "an old path (moved)")
			e := p.get(p.resource.Moved)
			p.want(e, "a GET of the old path", http.StatusPermanentRedirect)
			if e.get("Location") == "" {
				p.fail("the 308 has no Location", e)
			}
		},
	}, {
		name:      "read/absent",
		sentence:  "What is not there is 404.",
		reference: "RFC 9110 §15.5.5",
		advice:    "Return the 404 from the lookup; an empty 200 or a 500 is what happens where no row is an error of the database.",
		run: func(p *probe) {
			p.needs(p.resource.Missing != "", "a path where nothing is (missing)")
			p.want(p.get(p.resource.Missing), "a GET of what is not there", http.StatusNotFound)
		},
	}, {
		name:      "read/content-type",
		sentence:  "Content has a Content-Type.",
		reference: "RFC 9110 §8.3",
		advice:    "Set Content-Type before the first Write; what a server guesses from the bytes differs from one record to the next.",
		run: func(p *probe) {
			e := p.read()
			switch t := mediaType(e.get("Content-Type")); {
			case e.body == "":
				p.skip("not there: the resource has no content")
			case t == "":
				p.fail("a response with content has no Content-Type", e)
			case len(p.resource.Types) > 0 && t != mediaType(p.resource.Types[0]):
				p.fail(fmt.Sprintf("a read without Accept has the type %s, and the first described one is %s", t, p.resource.Types[0]), e)
			}
		},
	}}
}

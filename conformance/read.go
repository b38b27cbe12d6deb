package conformance

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
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
	}, {
		name:      "read/deprecated",
		sentence:  "Where a read has Deprecation or Sunset, they are dates, and 304 and errors of the resource have them, too.",
		reference: "RFC 9745 §2, RFC 8594 §3",
		advice:    "Set both in a layer outside of the route, on whatever response: a client may see nothing but 304s.",
		run: func(p *probe) {
			e := p.read()
			since, sunset := e.get("Deprecation"), e.get("Sunset")
			if since == "" && sunset == "" {
				p.skip("not there: the resource is not deprecated")
			}
			from, err := strconv.ParseInt(strings.TrimPrefix(since, "@"), 10, 64)
			if since != "" && (since[0] != '@' || err != nil) {
				p.fail("Deprecation is no date of a structured field", e)
			}
			until, err := http.ParseTime(sunset)
			switch {
			case sunset != "" && err != nil:
				p.fail("Sunset is no date", e)
			case sunset != "" && since != "" && until.Unix() < from:
				p.fail("Sunset is before Deprecation", e)
			}
			others := []*exchange{p.send(call{method: http.MethodHead, path: p.resource.Path, as: p.owner()})}
			if tag := e.get("ETag"); tag != "" {
				others = append(others, p.get(p.resource.Path, field("If-None-Match", tag)))
			}
			if len(p.resource.Types) > 0 {
				others = append(others, p.get(p.resource.Path, field("Accept", noType)))
			}
			for _, o := range others {
				if o.get("Deprecation") != since || o.get("Sunset") != sunset {
					p.fail(fmt.Sprintf("the %d to %s has other dates, or none", o.status, o.method), e, o)
				}
			}
		},
	}}
}

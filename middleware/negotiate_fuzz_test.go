package middleware_test

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/middleware"
)

// The grammar of RFC 9110, on bytes read as Latin-1 because regular expressions
// are about characters.
const (
	tokenRule  = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"                                                         // §5.6.2
	quotedRule = `"(?:[\t \x21\x23-\x5b\x5d-\x7e\x{80}-\x{ff}]|\\[\t \x21-\x7e\x{80}-\x{ff}])*"`       // §5.6.4
	paramRule  = `[\t ]*;[\t ]*(?:(` + tokenRule + `)(?:(=)(` + tokenRule + `|` + quotedRule + `))?)?` // §5.6.6
	typeRule   = `^(` + tokenRule + `)/(` + tokenRule + `)((?:` + paramRule + `)*)[\t ]*$`             // §8.3.1
)

var (
	// An element of a list ends at a comma that is in no quoted string; a string
	// that is left open ends with its line.
	elementRE = regexp.MustCompile(`^(?s:[^",]|"(?:[^"\\]|\\.)*(?:"|\\?$))*`)
	paramRE   = regexp.MustCompile(paramRule)
	typeRE    = regexp.MustCompile(typeRule)
	qualityRE = regexp.MustCompile(`^([0-9]*)(?:\.([0-9]*))?$`)
)

type literalParam struct {
	name, value string // as they compare
	valued      bool
}

type literalType struct {
	typ, subtype string
	params       []literalParam
}

func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// parseLiteral reads a media type or range that is Latin-1 already.
func parseLiteral(s string) (t literalType, ok bool) {
	m := typeRE.FindStringSubmatch(s)
	if m == nil {
		return t, false
	}
	t.typ, t.subtype = lowerASCII(m[1]), lowerASCII(m[2])
	for _, p := range paramRE.FindAllStringSubmatch(m[3], -1) {
		if p[1] == "" {
			continue
		}
		name, value := lowerASCII(p[1]), p[3]
		if strings.HasPrefix(value, `"`) {
			value = regexp.MustCompile(`(?s)\\(.)`).ReplaceAllString(value[1:len(value)-1], "$1")
		}
		if name == "charset" {
			value = lowerASCII(value)
		}
		t.params = append(t.params, literalParam{name, value, p[2] != ""})
	}
	return t, true
}

func (t literalType) named(name string) bool {
	return slices.ContainsFunc(t.params, func(p literalParam) bool { return p.name == name })
}

// literalOffer is a media type that can be offered.
func literalOffer(s string) (t literalType, ok bool) {
	t, ok = parseLiteral(latin1(s))
	if !ok || s != strings.Trim(s, " \t") || strings.Contains(t.typ+t.subtype, "*") || t.named("q") {
		return t, false
	}
	for i, p := range t.params {
		if !p.valued || slices.ContainsFunc(t.params[:i], func(q literalParam) bool { return q.name == p.name }) {
			return t, false
		}
	}
	return t, true
}

func (t literalType) equal(u literalType) bool {
	order := func(a, b literalParam) int { return strings.Compare(a.name, b.name) }
	return t.typ == u.typ && t.subtype == u.subtype &&
		slices.Equal(slices.SortedFunc(slices.Values(t.params), order), slices.SortedFunc(slices.Values(u.params), order))
}

type literalRange struct {
	literalType
	quality int
}

// literalRanges are the elements of an Accept field that can be read.
func literalRanges(lines []string) (ranges []literalRange) {
	for _, line := range lines {
		for line = latin1(line); line != ""; {
			element := elementRE.FindString(line)
			line = strings.TrimPrefix(line[len(element):], ",")
			element = strings.Trim(element, " \t")
			// Leniency: "*" is "*/*".
			if element == "*" || strings.HasPrefix(element, "*") && strings.ContainsAny(element[1:2], "; \t") {
				element = "*/*" + element[1:]
			}
			t, ok := parseLiteral(element)
			if !ok {
				continue // leniency: skipped
			}
			r := literalRange{literalType{typ: t.typ, subtype: t.subtype}, 1000}
			weighted := false
			for _, p := range t.params {
				switch {
				case p.name == "q" && !weighted:
					weighted = true
					r.quality, ok = literalQuality(rawQuality(element))
				case p.name == "q": // the first one counts
				case p.valued:
					r.params = append(r.params, p)
				case !weighted: // behind the weight: RFC 7231 §5.3.2
					ok = false
				}
				if !ok {
					break
				}
			}
			if ok {
				ranges = append(ranges, r)
			}
		}
	}
	return ranges
}

// rawQuality is the first weight as it was written, with quotes if it has some.
func rawQuality(element string) string {
	for _, p := range paramRE.FindAllStringSubmatch(typeRE.FindStringSubmatch(element)[3], -1) {
		if p[1] == "q" || p[1] == "Q" {
			return p[3]
		}
	}
	return ""
}

// literalQuality reads a qvalue (§12.4.2) with all the leniencies.
func literalQuality(s string) (thousandths int, ok bool) {
	m := qualityRE.FindStringSubmatch(s)
	if m == nil || m[1]+m[2] == "" {
		return 0, false
	}
	if strings.Trim(m[1], "0") != "" {
		return 1000, true // over 1 is 1
	}
	for _, digit := range (m[2] + "000")[:3] { // further decimals are cut
		thousandths = thousandths*10 + int(digit-'0')
	}
	return thousandths, true
}

// negotiateLiterally is §12.5.1, as slow as it reads.
func negotiateLiterally(accept, offered []string) (choice string, ok bool) {
	var offers []literalType
	for _, s := range offered {
		t, _ := literalOffer(s)
		offers = append(offers, t)
	}
	ranges := literalRanges(accept)
	if len(offers) == 0 {
		return "", false
	}
	if len(ranges) == 0 {
		return offered[0], true
	}
	within := func(o literalType, r literalRange) bool {
		return (r.typ == o.typ || r.typ == "*" && r.subtype == "*") && (r.subtype == o.subtype || r.subtype == "*")
	}
	best := 0
	for i, o := range offers {
		// Of the ranges that match, the most specific one: the first of these
		// numbers that differs decides.
		var counts [4]int // level, parameters that take part, none ignored, quality
		for _, r := range ranges {
			if !within(o, r) {
				continue
			}
			this := [4]int{3, 0, 1, r.quality}
			switch {
			case r.typ == "*":
				this[0] = 1
			case r.subtype == "*":
				this[0] = 2
			}
			matches := true
			for _, p := range r.params {
				if slices.ContainsFunc(offers, func(o literalType) bool { return within(o, r) && o.named(p.name) }) {
					this[1]++
					matches = matches && slices.Contains(o.params, p)
				} else {
					this[2] = 0 // leniency: ignored
				}
			}
			if matches && slices.Compare(this[:], counts[:]) > 0 {
				counts = this
			}
		}
		if counts[3] > best {
			best, choice, ok = counts[3], offered[i], true
		}
	}
	return choice, ok
}

func FuzzNegotiate(f *testing.F) {
	seed := func(accept, offers string) { f.Add(accept, offers) }
	for _, a := range []string{
		"", "application/json", "*/*", rfcExample, rfcExampleHTML,
		"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
		"application/json;profile=v1;q=0.1\napplication/json;profile=\"v\\2\"",
		"application/json;q=.5;q=1;ext;foo=bar, */*;profile=v2;q=0.1",
		"text/html;q=x, text/*;level=1;q=1.5, \"text/html\", a\"b",
		"text/html;charset=UTF-8;q=0.1239, text/html ;q=0.123 , , ;",
		"*/json, application/*+json, **, *;x, text/html/x, text /html",
		"text/html;x=\"a,b;q=0\";q=0.2, text/html;x=\"", "application/json;profile=v2;profile=v1",
	} {
		seed(a, "application/json\ntext/html")
		seed(a, "text/plain;format=flowed\ntext/plain\ntext/html\nimage/jpeg\ntext/html;level=1\ntext/html;level=2")
		seed(a, "application/json;profile=v1\napplication/json;profile=\"v2\"\napplication/json\ntext/html;charset=utf-8;x=\"a,b;q=0\"")
		seed(a, strings.Join(offers(20), "\n"))
	}
	f.Fuzz(func(t *testing.T, accept, list string) {
		lines := strings.Split(accept, "\n")
		var offers []string
		for _, o := range strings.Split(list, "\n") {
			l, ok := literalOffer(o)
			if built := builds(func() { middleware.Accept(o) }); built != ok {
				t.Fatalf("Accept(%q) builds: %t, want %t", o, built, ok)
			}
			twice := slices.ContainsFunc(offers, func(s string) bool { m, _ := literalOffer(s); return m.equal(l) })
			if ok && twice && builds(func() { middleware.Accept(append(slices.Clone(offers), o)...) }) {
				t.Fatalf("Accept(%q, %q) builds", offers, o)
			}
			if ok && !twice {
				offers = append(offers, o)
			}
		}
		want, wantOK := negotiateLiterally(lines, offers)
		got, ok := middleware.Negotiate(lines, offers...)
		if got != want || ok != wantOK {
			t.Fatalf("%q among %q: got %q, %t, want %q, %t", lines, offers, got, ok, want, wantOK)
		}
		if len(offers) > 0 && !builds(func() { middleware.Accept(offers...) }) {
			t.Fatalf("Accept(%q) does not build", offers)
		}
	})
}

func builds(build func()) (ok bool) {
	defer func() { ok = recover() == nil }()
	build()
	return
}

// The fuzzer's bytes seldom make two ranges that compete. These do.
func TestNegotiateToTheLetter(t *testing.T) {
	names := []string{"a/b", "A/b", "a/c", "aa/b", "a/*", "*/*", "*", "*/b", "a/+b", "application/json", "application/xml", "text/html", "text/*", "image/png", "a", "a/", "a/b/c", "a b", "\xffa/b", "a\xff\xff\xff\xff\xff\xff\xff\xffa/b"}
	params := []string{"x=1", "x=2", `x="1"`, `x="\1"`, "X=1", "y=1", "z=3", "charset=utf-8", `charset="UTF-8"`, `x="a,b;q=0"`, "", "ext", "x=", `x="`, "q=x"}
	weights := []string{"q=0", "q=0.5", "q=0.50", "Q=.5", "q=1", "q=2", "q=0.0001", "q=0.499", "q=0.4999", "q=0.001", "q=", `q="1"`, "q=1.", "q=."}
	blanks := []string{"", "", "", " ", "\t "}
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(list []string) string { return list[random.IntN(len(list))] }
	element := func() string {
		e := pick(blanks) + pick(names)
		for range random.IntN(3) {
			e += pick(blanks) + ";" + pick(blanks) + pick(params)
		}
		if random.IntN(2) == 0 {
			e += pick(blanks) + ";" + pick(blanks) + pick(weights)
		}
		for random.IntN(6) == 0 {
			e += ";" + pick(params)
		}
		return e + pick(blanks)
	}
	for range 20_000 {
		var lines, offers []string
		for range random.IntN(3) {
			var elements []string
			for range random.IntN(4) {
				elements = append(elements, element())
			}
			lines = append(lines, strings.Join(elements, ","))
		}
		for range random.IntN(7) * (1 + random.IntN(4)) {
			offer := pick(names)
			for range random.IntN(3) {
				offer += pick(blanks) + ";" + pick(blanks) + pick(params)
			}
			if l, ok := literalOffer(offer); ok && !slices.ContainsFunc(offers, func(s string) bool {
				m, _ := literalOffer(s)
				return m.equal(l)
			}) {
				offers = append(offers, offer)
			}
		}
		want, wantOK := negotiateLiterally(lines, offers)
		if got, ok := middleware.Negotiate(lines, offers...); got != want || ok != wantOK {
			t.Fatalf("%q among %q: got %q, %t, want %q, %t", lines, offers, got, ok, want, wantOK)
		}
	}
}

package middleware_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
)

// The ranges of the example in RFC 9110 §12.5.1.
const rfcExample = "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed,\t" +
	"text/plain;format=fixed;q=0.4, */*;q=0.5"

// The same example as RFC 7231 §5.3.2 has it. The table of RFC 9110 kept the
// row text/html;level=3, which is of these ranges.
const rfcExampleHTML = "text/*;q=0.3, text/html;q=0.7, text/html;level=1, text/html;level=2;q=0.4, */*;q=0.5"

// quality is what the lines give an offer, in thousandths: as much as to tie
// with a probe of that quality.
func quality(lines []string, offer string, among ...string) int {
	const probe = "x-probe/x-probe"
	offers := append([]string{offer, probe}, among...)
	for q := 1000; q > 0; q-- {
		probed := append(lines[:len(lines):len(lines)], fmt.Sprintf("%s;q=%d.%03d", probe, q/1000, q%1000))
		for _, other := range among {
			probed = append(probed, other+";q=0")
		}
		if choice, _ := middleware.Negotiate(probed, offers...); choice == offer {
			return q
		}
	}
	return 0
}

func TestQualitiesOfTheRFC(t *testing.T) {
	for _, tt := range []struct {
		accept, offer string
		want          int
	}{
		{rfcExample, "text/plain;format=flowed", 1000},
		{rfcExample, "text/plain", 700},
		{rfcExample, "text/html", 300},
		{rfcExample, "image/jpeg", 500},
		{rfcExample, "text/plain;format=fixed", 400},
		{rfcExampleHTML, "text/html;level=1", 1000},
		{rfcExampleHTML, "text/html", 700},
		{rfcExampleHTML, "text/plain", 300},
		{rfcExampleHTML, "image/jpeg", 500},
		{rfcExampleHTML, "text/html;level=2", 400},
		{rfcExampleHTML, "text/html;level=3", 700},
		{"audio/*; q=0.2, audio/basic", "audio/basic", 1000},
		{"audio/*; q=0.2, audio/basic", "audio/mp3", 200},
		{"text/plain; q=0.5, text/html,\ttext/x-dvi; q=0.8, text/x-c", "text/plain", 500},
		{"text/plain; q=0.5, text/html,\ttext/x-dvi; q=0.8, text/x-c", "text/html", 1000},
		{"text/plain; q=0.5, text/html,\ttext/x-dvi; q=0.8, text/x-c", "text/x-dvi", 800},
		{"text/plain; q=0.5, text/html,\ttext/x-dvi; q=0.8, text/x-c", "text/x-c", 1000},
		{"text/*, text/plain, text/plain;format=flowed, */*;q=0.1", "text/plain;format=flowed", 1000},
	} {
		if got := quality([]string{tt.accept}, tt.offer); got != tt.want {
			t.Errorf("%s\n%s has quality %d, want %d", tt.accept, tt.offer, got, tt.want)
		}
	}
	// The same with all of them on offer.
	offers := []string{"text/plain;format=flowed", "text/plain", "text/html", "image/jpeg", "text/plain;format=fixed", "text/html;level=3"}
	for i, choice := range []string{
		"text/plain;format=flowed", "text/plain", "image/jpeg", "text/plain;format=fixed", "text/html", "text/html;level=3",
	} {
		if got, _ := middleware.Negotiate([]string{rfcExample}, offers...); got != choice {
			t.Errorf("choice %d is %q, want %q", i, got, choice)
		}
		for k, o := range offers {
			if o == choice {
				offers = append(offers[:k:k], offers[k+1:]...)
				break
			}
		}
	}
}

// What clients send that nobody has told otherwise, or that a browser sends for
// a page, to a server with JSON before HTML.
func TestRealClients(t *testing.T) {
	for _, tt := range []struct{ client, accept, want string }{
		{"curl, Go-http-client with one set, HTTPie", "*/*", "application/json"},
		{"PowerShell 7 Invoke-RestMethod -Headers", "application/json", "application/json"},
		{"axios", "application/json, text/plain, */*", "application/json"},
		{".NET HttpClient", "application/json; charset=utf-8", "application/json"},
		{".NET, WebAPI client", "application/json, application/xml;q=0.9, text/json;q=0.8", "application/json"},
		{"Java HttpURLConnection", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "text/html"},
		{"Chrome", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7", "text/html"},
		{"Firefox", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/png,image/svg+xml,*/*;q=0.8", "text/html"},
		{"Safari", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"},
		{"Internet Explorer 8", "image/jpeg, application/x-ms-application, image/gif, application/xaml+xml, image/pjpeg, application/x-ms-xbap, application/x-shockwave-flash, application/msword, */*", "application/json"},
		{"Postman", "*/*", "application/json"},
		{"jQuery", "application/json, text/javascript, */*; q=0.01", "application/json"},
		{"Python requests for JSON", "application/json", "application/json"},
		{"an image", "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "application/json"},
	} {
		if got, ok := middleware.Negotiate([]string{tt.accept}, "application/json", "text/html"); got != tt.want || !ok {
			t.Errorf("%s: %q, %t, want %q", tt.client, got, ok, tt.want)
		}
	}
	// PowerShell 5 and Go's client send none.
	if got, ok := middleware.Negotiate(nil, "application/json", "text/html"); got != "application/json" || !ok {
		t.Errorf("without Accept: %q, %t", got, ok)
	}
}

func TestNegotiate(t *testing.T) {
	const json, html, csv = "application/json", "text/html", "text/csv"
	const v1, v2 = "application/json;profile=v1", "application/json;profile=v2"
	for _, tt := range []struct {
		rule   string
		accept []string
		offers []string
		want   string // "" = none
	}{
		{"nothing to offer", nil, nil, ""},
		{"nothing to offer", []string{"*/*"}, nil, ""},
		{"no Accept", nil, []string{json, html}, json},
		{"the server's order breaks ties", []string{"text/html, application/json"}, []string{json, html}, json},
		{"the highest quality", []string{"text/html, application/json;q=0.9"}, []string{json, html}, html},
		{"thousandths count", []string{"application/json;q=0.998, text/html;q=0.999"}, []string{json, html}, html},
		{"nothing fits", []string{"image/png"}, []string{json, html}, ""},
		{"every line", []string{"image/png", "text/html"}, []string{json, html}, html},
		{"a line that cannot be read", []string{"image", "text/html"}, []string{json, html}, html},
		{"a line after one that takes anything", []string{"*/*", "application/json;q=0.1"}, []string{json, html}, html},
		{"a line after one with the first offer", []string{"application/json;q=0.5", "text/html"}, []string{json, html}, html},
		{"type/*", []string{"text/*"}, []string{json, html, csv}, html},
		{"type/* is of that type only", []string{"tex/*, application/j*"}, []string{json, html}, ""},
		{"*/*", []string{"image/png, */*;q=0.1"}, []string{json, html}, json},
		{"*/json is no wildcard", []string{"*/json"}, []string{json}, ""},
		{"*/*+json is no wildcard", []string{"application/*+json"}, []string{"application/hal+json"}, ""},
		{"case", []string{"Application/JSON"}, []string{json}, json},
		{"case", []string{"TEXT/*"}, []string{json, html}, html},
		{"the offer as it was written", []string{"application/json"}, []string{"Application/JSON"}, "Application/JSON"},
		{"the Kelvin sign is no k", []string{"text/\u212a, a/b"}, []string{"text/k"}, ""},
		{"a prefix is another type", []string{"application/json-seq, text/h"}, []string{json, html}, ""},
		{"a prefix is another type", []string{"application/json;q=0.5, application/*;q=0.8"}, []string{json, "application/json-seq"}, "application/json-seq"},
		{"letters that share their last five bits with a 0", []string{"``/`;q=0.5"}, []string{"``/`"}, "``/`"},

		{"the most specific range, not the first", []string{"*/*, text/*;q=0.2, text/html;q=0.1"}, []string{html, json}, json},
		{"the most specific range, not the last", []string{"text/html;q=0.1, text/*;q=0.2, */*"}, []string{html, json}, json},
		{"type/* before */*", []string{"*/*;q=0.9, text/*;q=0.1"}, []string{html, json}, json},
		{"q=0 excludes", []string{"text/html;q=0, */*;q=0.1"}, []string{html, json}, json},
		{"q=0 excludes", []string{"text/*;q=0.000, */*"}, []string{html, csv}, ""},
		{"q=0 of */* excludes the rest", []string{"*/*;q=0, text/csv;q=0.1"}, []string{html, json, csv}, csv},
		{"q=0 for all", []string{"*/*;q=0"}, []string{json}, ""},

		{"a parameter that no offer names", []string{"application/json; charset=utf-8"}, []string{json}, json},
		{"a parameter that no offer names", []string{"application/json; charset=utf-8; q=0.5, text/html; q=0.4"}, []string{html, json}, json},
		{"a parameter that an offer of another type names", []string{"application/json; charset=utf-8"}, []string{"text/html;charset=latin1", json}, json},
		{"a range without it comes first", []string{"text/html;level=1, text/html;q=0.1, application/json;q=0.5"}, []string{html, json}, json},
		{"a range without it comes first", []string{"text/html;q=0.1, text/html;level=1, application/json;q=0.5"}, []string{html, json}, json},
		{"but still before type/*", []string{"text/html;level=1;q=0.1, text/*, application/json;q=0.5"}, []string{html, json}, json},
		{"a parameter that an offer names", []string{"application/json;profile=v2"}, []string{v1, v2}, v2},
		{"a parameter that an offer names", []string{"application/json;profile=v1"}, []string{v2}, ""},
		{"a parameter that an offer names", []string{"application/json;profile=v2"}, []string{json, v2}, v2},
		{"the offer without it does not have it", []string{"application/json;profile=v3"}, []string{json, v2}, ""},
		{"a range without it", []string{"application/json"}, []string{v2}, v2},
		{"a range without it", []string{"application/json"}, []string{v2, v1}, v2},
		{"more of them come first", []string{"application/json;q=0.1, application/json;profile=v2"}, []string{v1, v2}, v2},
		{"more of them come first", []string{"application/json, application/json;profile=v2;q=0.1"}, []string{v2, v1}, v1},
		{"two of them before one", []string{"a/b;x=1;q=0.1, a/b;x=1;y=2, c/d;q=0.5"}, []string{"c/d", "a/b;y=2;x=1"}, "a/b;y=2;x=1"},
		{"one that fits and one that does not", []string{"a/b;x=1;y=3"}, []string{"a/b;x=1;y=2"}, ""},
		{"one that fits and one that nobody names", []string{"a/b;x=1;z=3"}, []string{"a/b;x=1;y=2"}, "a/b;x=1;y=2"},
		{"a range with nothing to ignore comes first", []string{"a/b;x=1;q=0.1, a/b;x=1;z=3, c/d;q=0.5"}, []string{"c/d", "a/b;x=1"}, "c/d"},
		{"a range with nothing to ignore comes first", []string{"a/b;x=1;q=0.1;ext, a/b;x=1;z=3, c/d;q=0.5"}, []string{"c/d", "a/b;x=1"}, "c/d"},
		{"a range with nothing to ignore comes first", []string{"a/b;q=0.1;ext, a/b;z=3, c/d;q=0.5"}, []string{"c/d", "a/b"}, "c/d"},
		{"but after one with more that take part", []string{"a/b;q=0.9, a/b;x=1;z=3;q=0.1, c/d;q=0.5"}, []string{"c/d", "a/b;x=1"}, "c/d"},
		{"twice, with two values", []string{"a/b;x=1;x=2"}, []string{"a/b;x=1", "a/b;x=2"}, ""},
		{"of a type/*", []string{"application/*;profile=v2"}, []string{json, v1, v2}, v2},
		{"of */*", []string{"*/*;profile=v2"}, []string{json, v1, v2}, v2},
		{"of */*, still the least specific", []string{"*/*;profile=v2, application/*;q=0.1, text/html;q=0.5"}, []string{v2, html}, html},
		{"quoted is equal", []string{`application/json;profile="v2"`}, []string{v1, v2}, v2},
		{"quoted is equal", []string{`application/json;profile=v2`}, []string{v1, `application/json;profile="v2"`}, `application/json;profile="v2"`},
		{"a quoted pair is equal", []string{`application/json;profile="\v\2"`}, []string{v1, v2}, v2},
		{"a URI as the value", []string{`a/b;profile="http://example.com/a,b;q=0"`}, []string{"a/b", `a/b;profile="http://example.com/a,b;q=0"`}, `a/b;profile="http://example.com/a,b;q=0"`},
		{"a quoted prefix is not equal", []string{`application/json;profile="v22"`}, []string{v1, v2}, ""},
		{"an empty value", []string{`a/b;x=""`}, []string{`a/b;x=1`, `a/b;x=""`}, `a/b;x=""`},
		{"names of parameters have no case", []string{"application/json;PROFILE=v2"}, []string{v1, v2}, v2},
		{"their values have", []string{"application/json;profile=V2"}, []string{v2}, ""},
		{"but for charset", []string{"text/csv;charset=UTF-8"}, []string{"text/csv;charset=utf-8"}, "text/csv;charset=utf-8"},
		{"but for charset", []string{"text/csv;charset=HZ-GB-2312"}, []string{"text/csv;charset=hz-gb-2312"}, "text/csv;charset=hz-gb-2312"},
		{"but for charset", []string{"text/csv;charset=us-ascii"}, []string{"text/csv;charset=US-ASCII"}, "text/csv;charset=US-ASCII"},
		{"another charset of the same length", []string{"text/csv;charset=iso-8859-2"}, []string{"text/csv;charset=iso-8859-1"}, ""},
		{"what is no letter has no case", []string{`text/csv;charset="?", text/csv;charset="@", text/csv;charset="["`}, []string{"text/csv;charset=_", "text/csv;charset=`", `text/csv;charset="{"`}, ""},
		{"white space", []string{"\t application/json \t;\tprofile=v2 ; q=1 ,"}, []string{v1, v2}, v2},
		{"white space in the offer", []string{"application/json;profile=v2"}, []string{v1, "application/json ; profile=v2"}, "application/json ; profile=v2"},

		{"the higher quality of equals", []string{"text/html;q=0, text/html, application/json;q=0.5"}, []string{json, html}, html},
		{"the higher quality of equals", []string{"text/html", "text/html;q=0", "application/json;q=0.5"}, []string{json, html}, html},
		{"the higher quality of equals", []string{"a/b;y=2;q=0.9, a/b;x=1;q=0.1, c/d;q=0.5"}, []string{"c/d", "a/b;x=1;y=2"}, "a/b;x=1;y=2"},

		{"Q", []string{"application/json;Q=0.1, text/html;q=0.2"}, []string{json, html}, html},
		{".2", []string{"application/json;q=.1, text/html;q=.2"}, []string{json, html}, html},
		{"0. and 1.", []string{"application/json;q=0., text/html;q=1., text/csv;q=0.9"}, []string{json, csv, html}, html},
		{"over 1 is 1", []string{"application/json;q=5, text/html;q=1.5, text/csv;q=1000000000000000000000"}, []string{html, json, csv}, html},
		{"over 1 is 1", []string{"application/json;q=1, text/html;q=1.5"}, []string{json, html}, json},
		{"further decimals are cut", []string{"application/json;q=0.1239, text/html;q=0.123"}, []string{html, json}, html},
		{"further decimals are cut", []string{"application/json;q=0.0009"}, []string{json}, ""},
		{"leading zeros", []string{"application/json;q=00.5, text/html;q=0.4"}, []string{html, json}, json},
		{"q before the parameters", []string{"application/json;q=0.1;profile=v2, application/json;profile=v1;q=0.2"}, []string{v2, v1}, v1},
		{"the first q", []string{"application/json;q=0.1;q=0.9, text/html;q=0.5"}, []string{json, html}, html},
		{"the first q", []string{"application/json;q=0.5;q=0.9, application/json;q=0.3, text/html;q=0.4"}, []string{json, html}, json},
		{"an extension behind q", []string{`application/json;q=0.9;ext;foo="a,b", text/html;q=0.5`}, []string{html, json}, json},
		{"* is */*", []string{"*"}, []string{json}, json},
		{"* is */*", []string{"text/html;q=0.1, *;q=0.2"}, []string{html, json}, json},
		{"* has parameters, too", []string{"* ; profile=v2"}, []string{v1, v2}, v2},
		{"empty parameters", []string{"application/json;;q=0.1;, text/html; ;q=0.2 ;"}, []string{json, html}, html},
		{"empty elements", []string{",, ,\t,text/html,,"}, []string{json, html}, html},

		{"nothing can be read: absent", []string{""}, []string{json, html}, json},
		{"nothing can be read: absent", []string{", ,", "\t"}, []string{json, html}, json},
		{"nothing can be read: absent", []string{"json", "text/", "/html", "/", "text html", ";q=1"}, []string{json, html}, json},
		{"nothing can be read: absent", []string{"text/html;q=x"}, []string{json, html}, json},
		{"nothing can be read: absent", []string{"text/html;q=0.x", "text/html;q=0./", "text/html;q=0.:"}, []string{json, html}, json},
		{"nothing can be read: absent", []string{"text/html;q=0.5.1", "text/html;q=1x5"}, []string{json, html}, json},
		{"nothing can be read: absent", []string{"text/html;x=\"\x7fa\"", "text/html;x=\"\\\x7fa\"", "text/html;x=\"\x7f\\a\"", "text/html;x=\"\x1f\""}, []string{json, html}, json},
		{"nothing can be read: absent", []string{`"a, text/html, b"`}, []string{json, html}, json},
		{"nothing that fits can be read, but something can", []string{"text/html;q=x, a/b"}, []string{json, html}, ""},
		{"what cannot be read is skipped", []string{"text/html;q=, text/csv"}, []string{json, html, csv}, csv},
		{"what cannot be read is skipped", []string{"text/html;q=-1, text/csv"}, []string{json, html, csv}, csv},
		{"what cannot be read is skipped", []string{`text/html;q="1", text/csv`}, []string{json, html, csv}, csv},
		{"what cannot be read is skipped", []string{"text/html;q=0.5.1, text/csv"}, []string{json, html, csv}, csv},
		{"what cannot be read is skipped", []string{"text/html;q=., text/csv"}, []string{json, html, csv}, csv},
		{"what cannot be read is skipped", []string{"text/html;q, text/csv"}, []string{json, html, csv}, csv},
		{"what cannot be read is skipped", []string{"text/html;q =1, text/csv"}, []string{json, html, csv}, csv},
		{"what cannot be read is skipped", []string{"text/html;q= 1, text/csv"}, []string{json, html, csv}, csv},
		{"what cannot be read is skipped", []string{"text/html;level, text/csv"}, []string{json, html, csv}, csv},
		{"what cannot be read is skipped", []string{"text/html;level=, text/csv"}, []string{json, html, csv}, csv},
		{"what cannot be read is skipped", []string{"text/html;=1, text/csv"}, []string{json, html, csv}, csv},
		{"what cannot be read is skipped", []string{"text/html q=1, text/csv"}, []string{json, html, csv}, csv},
		{"what cannot be read is skipped", []string{"text/html/x, text/csv"}, []string{json, html, csv}, csv},
		{"what cannot be read is skipped", []string{"text /html, text/ html, text/csv"}, []string{json, html, csv}, csv},
		{"what cannot be read is skipped", []string{"**;q=1, text/csv"}, []string{json, html, csv}, csv},
		{"what cannot be read is skipped", []string{"text/html;x=\"\x7f\", text/csv"}, []string{json, html, csv}, csv},
		{"what cannot be read is skipped", []string{`"text/html", text/csv`}, []string{json, html, csv}, csv},
		{"a comma in a string separates nothing", []string{`a/b;x="c,text/html,\",text/html", text/csv`}, []string{json, html, csv}, csv},
		{"a comma in a stray string neither", []string{`a"b, text/html", text/csv`}, []string{json, html, csv}, csv},
		{"what is no ASCII separates nothing", []string{"\xff\xfe\x80\xac\xbb\xa2\xadtext/html, a\xff\xff\xff\xff\xff\xff\xff\xfftext/html;q=1, text/csv"}, []string{json, html, csv}, csv},
		{"a string that is left open ends with its line", []string{`text/html;x="`, "text/csv"}, []string{json, html, csv}, csv},
		{"a string that is left open swallows its line", []string{`text/html;x=", text/csv`}, []string{json, html, csv}, json},
		{"what is read leniently has no gaps", []string{"application/json;x=\"\x80\xff\""}, []string{html, json}, json},
	} {
		got, ok := middleware.Negotiate(tt.accept, tt.offers...)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %q among %q: got %q, %t, want %q", tt.rule, tt.accept, tt.offers, got, ok, tt.want)
		}
	}
}

// hostile are fields of a length that a server just admits, and some.
var hostile = []string{
	strings.Repeat(",", 1<<20),
	strings.Repeat(";", 1<<20),
	strings.Repeat(`"`, 1<<20),
	strings.Repeat(`\`, 1<<20),
	strings.Repeat(" ", 1<<20),
	strings.Repeat("\x00", 1<<20),
	strings.Repeat("\u212a", 1<<19),
	strings.Repeat("a", 1<<20),
	strings.Repeat("*", 1<<20),
	strings.Repeat("/", 1<<20),
	strings.Repeat("*,", 1<<19),
	strings.Repeat("a/b,", 1<<18),
	strings.Repeat(`",`, 1<<19),
	strings.Repeat("application/json;v=1,", 1<<16),
	strings.Repeat("application/json;q=x,", 1<<16),
	"application/json;v=\"" + strings.Repeat(`\"`, 1<<19),
	"application/json;v=\"" + strings.Repeat(`\"`, 1<<19) + `"`,
	"application/json;q=0." + strings.Repeat("9", 1<<20),
	"application/json;q=" + strings.Repeat("9", 1<<20),
	"application/json" + strings.Repeat(";v=1", 1<<18),
	"application/json" + strings.Repeat(";q=1", 1<<18),
	"application/json" + strings.Repeat(";", 1<<20),
	"application/json" + strings.Repeat(" ", 1<<20) + "x",
	"multipart/mixed" + strings.Repeat(";boundary=a", 1<<16),
	"multipart/mixed;boundary=" + strings.Repeat("a", 1<<20),
	"multipart/mixed;boundary=\"" + strings.Repeat(`\a`, 1<<19) + `"`,
}

// offers are n different ones, the last of which have parameters.
func offers(n int) []string {
	list := []string{"application/json", "application/json;v=2", "text/html"}
	for i := len(list); i < n; i++ {
		list = append(list, fmt.Sprintf("application/vnd.a%d+json;v=%d", i, i))
	}
	return list[:n]
}

func TestNegotiateAllocations(t *testing.T) {
	if servertest.Race {
		t.Skip("the race detector allocates")
	}
	accepts := append([]string{"", "application/json", "*/*", "application/json;v=2", rfcExample}, hostile...)
	for _, n := range []int{1, 2, 16, 17, 40} {
		most := 0.0
		if n > 16 {
			most = 1
		}
		list := offers(n)
		for _, accept := range accepts {
			lines := []string{"image/png", accept}
			if got := testing.AllocsPerRun(5, func() { middleware.Negotiate(lines, list...) }); got > most {
				t.Errorf("%d offers, %.40q (%d bytes): %g allocations", n, accept, len(accept), got)
			}
		}
	}
}

// What no offer should be does no harm.
func TestNegotiateWithMalformedOffers(t *testing.T) {
	bad := []string{"", "*", "/", "a", "a/", "a/b;", `a/b;x="`, `a/b;x="\`, "a/b;q=1", "*/*", "a/*", ";", ";/", "a/b;x", "a/b;x=1;x=2", "\xff/\x00"}
	for _, accept := range append(bad, `a/b;x=1;q=0.1, *;x="\a"`, `*/*;x=""`) {
		for _, offer := range bad {
			middleware.Negotiate([]string{accept}, offer)
			middleware.Negotiate([]string{accept}, append(bad, offer)...)
			if got, _ := middleware.Negotiate([]string{"text/html, " + accept}, "text/html", offer); got != "text/html" && got != offer {
				t.Errorf("%q with %q on offer: %q", accept, offer, got)
			}
		}
	}
}

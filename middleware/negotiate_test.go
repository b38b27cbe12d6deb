package middleware_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/middleware"
)

// The ranges of the example in RFC 9110 §12.5.1.
const rfcExample = "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed,\t" +
	"text/plain;format=fixed;q=0.4, */*;q=0.5"

// The same example as RFC 7231 §5.3.2 has it. The table of RFC 9110 kept the
// row text/html;level=3, which is of these ranges.
const rfcExampleHTML = "text/*;q=0.3, text/html;q=0.7, text/html;level=1, text/html;level=2;q=0.4, */*;q=0.5"

// quality returns the weight that the field lines give an offer, in thousandths:
// the greatest weight of another offer that does not win.
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

// What clients send by default, and browsers for a page, to a server that prefers
// JSON to HTML.
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

// The rules, one row each; package mediatype has a longer table.
func TestNegotiate(t *testing.T) {
	const json, html, csv = "application/json", "text/html", "text/csv"
	const v1, v2 = "application/json;profile=v1", "application/json;profile=v2"
	for _, tt := range []struct {
		rule   string
		accept []string
		offers []string
		want   string // "" = none
	}{
		{"nothing to offer", []string{"*/*"}, nil, ""},
		{"no Accept", nil, []string{json, html}, json},
		{"nothing fits", []string{"image/png"}, []string{json, html}, ""},
		{"the highest weight", []string{"text/html, application/json;q=0.9"}, []string{json, html}, html},
		{"the first offer of equals", []string{"text/html, application/json"}, []string{json, html}, json},
		{"the offer as it was written", []string{"application/json"}, []string{"Application/JSON"}, "Application/JSON"},
		{"every field line", []string{"image/png", "text/html"}, []string{json, html}, html},
		{"the most specific range", []string{"*/*, text/*;q=0.2, text/html;q=0.1"}, []string{html, json}, json},
		{"q=0 excludes", []string{"text/html;q=0, */*;q=0.1"}, []string{html, json}, json},
		{"the greater weight of equal ranges", []string{"text/html;q=0, text/html, application/json;q=0.5"}, []string{json, html}, html},
		{"a parameter that no offer has", []string{"application/json; charset=utf-8"}, []string{json}, json},
		{"a parameter that an offer has", []string{"application/json;profile=v2"}, []string{v1, v2}, v2},
		{"a parameter that an offer has", []string{"application/json;profile=v3"}, []string{json, v1, v2}, ""},
		{"a value in quotes", []string{`application/json;profile="v2"`}, []string{v1, v2}, v2},
		{"the case of a value", []string{"application/json;profile=V2"}, []string{v2}, ""},
		{"the case of a charset", []string{"text/csv;charset=UTF-8"}, []string{"text/csv;charset=utf-8"}, "text/csv;charset=utf-8"},
		{"* is */*", []string{"text/html;q=0.1, *;q=0.2"}, []string{html, json}, json},
		{"over 1 is 1", []string{"application/json;q=1, text/html;q=1.5"}, []string{json, html}, json},
		{"decimals are cut", []string{"application/json;q=0.1239, text/html;q=0.123"}, []string{html, json}, html},
		{"but not to nothing", []string{"application/json;q=0.0001"}, []string{json}, json},
		{"white space on HTTP/2", []string{" \ttext/html "}, []string{json, html}, html},

		// What a client that names JSON alone may send, where HTML is the favourite.
		{"a weight that cannot be read", []string{`application/json;q="0.5"`}, []string{html, json}, json},
		{"a weight that cannot be read", []string{"application/json; q = 0.5"}, []string{html, json}, json},
		{"a weight that cannot be read", []string{"application/json;q="}, []string{html, json}, json},
		{"a parameter that cannot be read", []string{"application/json;foo"}, []string{html, json}, json},
		{"a parameter that cannot be read", []string{`application/json;charset="utf-8`}, []string{html, json}, json},
		{"a weight after one", []string{"audio/pcm; hello; q=0.2, text/html;q=0.3"}, []string{"audio/pcm", html}, html},
		{"a weight after one", []string{"audio/pcm; hello; q=0.2, text/html;q=0.1"}, []string{html, "audio/pcm"}, "audio/pcm"},
		{"a type that cannot be read is skipped", []string{"text/html/x, */html, /html, text/csv"}, []string{json, html, csv}, csv},
		{"nothing can be read", []string{"", "/b, */b, json"}, []string{json, html}, json},
	} {
		got, ok := middleware.Negotiate(tt.accept, tt.offers...)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %q among %q: got %q, %t, want %q", tt.rule, tt.accept, tt.offers, got, ok, tt.want)
		}
	}
}

// hostile are fields of about the greatest length that a server admits.
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

// offers returns n different offers. The last ones have parameters.
func offers(n int) []string {
	list := []string{"application/json", "application/json;v=2", "text/html"}
	for i := len(list); i < n; i++ {
		list = append(list, fmt.Sprintf("application/vnd.a%d+json;v=%d", i, i))
	}
	return list[:n]
}

// A malformed offer panics whatever the request accepts, so that the first
// request shows it.
func TestNegotiateMistakesPanic(t *testing.T) {
	for _, bad := range []string{
		"", "json", "a/", "/b", "*", "*/*", "a/*", "a/*+b", "a/b, c/d", " a/b", "a/b ", "a/b;x", "a/b;x=", `a/b;x="`, "a/b;q=1", "a/b;x=1;X=2", "\xff/\x00",
	} {
		for _, accept := range [][]string{nil, {""}, {"*/*"}, {"text/html"}, {"a/b"}, {bad}} {
			for _, offers := range [][]string{{bad}, {"text/html", bad}, {bad, "text/html"}} {
				if builds(func() { middleware.Negotiate(accept, offers...) }) {
					t.Errorf("Negotiate(%q, %q) does not panic", accept, offers)
				}
			}
		}
	}
}

// builds reports whether build does not panic.
func builds(build func()) (ok bool) {
	defer func() { ok = recover() == nil }()
	build()
	return
}

package mediatype_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/internal/mediatype"
)

const (
	rfcExample = "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed,\ttext/plain;format=fixed;q=0.4, */*;q=0.5" // RFC 9110 §12.5.1
	chrome     = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
)

func TestChoose(t *testing.T) {
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
		{"*/json cannot be read", []string{"*/json, text/html"}, []string{json, html}, html},
		{"*/json cannot be read", []string{"*/json"}, []string{html, json}, html},
		{"application/*+json is not a range of these", []string{"application/*+json"}, []string{"application/hal+json"}, ""},
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
		{"a range with nothing to ignore comes first", []string{"a/b;x=1;q=0.1, a/b;z=3;x=1, c/d;q=0.5"}, []string{"c/d", "a/b;x=1"}, "c/d"},
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
		{"but not to nothing", []string{"application/json;q=0.0009"}, []string{json}, json},
		{"but not to nothing", []string{"application/json;q=0.0001, text/html;q=0.001"}, []string{json, html}, json},
		{"but not to nothing", []string{"application/json;q=0.00000000000000000001, text/html;q=0.002"}, []string{json, html}, html},
		{"nothing is nothing", []string{"application/json;q=0.0000"}, []string{json}, ""},
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
		{"nothing can be read: absent", []string{"*/html"}, []string{json, html}, json},
		{"nothing can be read: absent", []string{"**", "*html", "*x/*;q=1, */*x"}, []string{json, html}, ""},
		{"nothing can be read: absent", []string{`"a, text/html, b"`}, []string{json, html}, json},
		{"nothing that fits can be read, but something can", []string{"text/html/x, a/b"}, []string{json, html}, ""},

		{"a weight that cannot be read is 1", []string{"text/html;q=x"}, []string{json, html}, html},
		{"a weight that cannot be read is 1", []string{`text/html;q="0.5", application/json;q=0.9`}, []string{json, html}, html},
		{"a weight that cannot be read is 1", []string{"text/html; q = 0.5, application/json;q=0.9"}, []string{json, html}, html},
		{"a weight that cannot be read is 1", []string{"text/html;q =0.5, application/json;q=0.9"}, []string{json, html}, html},
		{"a weight that cannot be read is 1", []string{"text/html;q= 0.5, application/json;q=0.9"}, []string{json, html}, html},
		{"a weight that cannot be read is 1", []string{"text/html;q=, application/json;q=0.9"}, []string{json, html}, html},
		{"a weight that cannot be read is 1", []string{"text/html;q, application/json;q=0.9"}, []string{json, html}, html},
		{"a weight that cannot be read is 1", []string{"text/html;q=-1, application/json;q=0.9"}, []string{json, html}, html},
		{"a weight that cannot be read is 1", []string{"text/html;q=0.5.1, application/json;q=0.9"}, []string{json, html}, html},
		{"a weight that cannot be read is 1", []string{"text/html;q=1x5, application/json;q=0.9"}, []string{json, html}, html},
		{"a weight that cannot be read is 1", []string{"text/html;q=0.x, application/json;q=0.9"}, []string{json, html}, html},
		{"a weight that cannot be read is 1", []string{"text/html;q=0./, application/json;q=0.9"}, []string{json, html}, html},
		{"a weight that cannot be read is 1", []string{"text/html;q=., application/json;q=0.9"}, []string{json, html}, html},
		{"the first weight that can be read", []string{"application/json;q=x;q=0.1;q=0.9, text/html;q=0.5"}, []string{json, html}, html},
		{"a parameter that cannot be read is ignored", []string{"audio/pcm; hello; q=0.2, text/html;q=0.1"}, []string{html, "audio/pcm"}, "audio/pcm"},
		{"a parameter that cannot be read is ignored", []string{"audio/pcm; hello; q=0.2, text/html;q=0.3"}, []string{"audio/pcm", html}, html},
		{"a parameter that cannot be read is ignored", []string{"text/html;level, application/json;q=0.9"}, []string{json, html}, html},
		{"a parameter that cannot be read is ignored", []string{"text/html;level=, application/json;q=0.9"}, []string{json, html}, html},
		{"a parameter that cannot be read is ignored", []string{"text/html;=1, application/json;q=0.9"}, []string{json, html}, html},
		{"a parameter that cannot be read is ignored", []string{"text/html;x=\"\x7f\";q=0.9, application/json;q=0.8"}, []string{json, html}, html},
		{"a parameter that cannot be read is ignored", []string{"text/html;x=\"\\\x1f\";q=0.9, application/json;q=0.8"}, []string{json, html}, html},
		{"a parameter that cannot be read is ignored", []string{`text/html;x="a"b;q=0.9, application/json;q=0.8`}, []string{json, html}, html},
		{"a parameter that cannot be read takes no part", []string{"application/json;profile"}, []string{v1, v2}, v1},
		{"a parameter that cannot be read takes no part", []string{"application/json;profile=v 2"}, []string{v1, v2}, v1},
		{"a range from which only such is ignored has nothing to ignore", []string{"a/b;x=, a/b;z=3;q=0.1, c/d;q=0.5"}, []string{"c/d", "a/b"}, "a/b"},
		{"a semicolon in a string separates nothing", []string{`a/b;x="c;q=0.1";q=0.9, text/html;q=0.5`}, []string{html, "a/b"}, "a/b"},
		{"a semicolon in a stray string neither", []string{`a/b;x"c;q=0.1";q=0.9, text/html;q=0.5`}, []string{html, "a/b"}, "a/b"},

		{"what cannot be read is skipped", []string{"text/html q=1, text/csv"}, []string{json, html, csv}, csv},
		{"what cannot be read is skipped", []string{"text/html/x, text/csv"}, []string{json, html, csv}, csv},
		{"what cannot be read is skipped", []string{"text /html, text/ html, text/csv"}, []string{json, html, csv}, csv},
		{"what cannot be read is skipped", []string{"**;q=1, text/csv"}, []string{json, html, csv}, csv},
		{"what cannot be read is skipped", []string{`"text/html", text/csv`}, []string{json, html, csv}, csv},
		{"a comma in a string separates nothing", []string{`a/b;x="c,text/html,\",text/html", text/csv`}, []string{json, html, csv}, csv},
		{"a comma in a stray string neither", []string{`a"b, text/html", text/csv`}, []string{json, html, csv}, csv},
		{"what is no ASCII separates nothing", []string{"\xff\xfe\x80\xac\xbb\xa2\xadtext/html, a\xff\xff\xff\xff\xff\xff\xff\xfftext/html;q=1, text/csv"}, []string{json, html, csv}, csv},
		{"a string that is not closed ends with its line", []string{`text/html;q=0.5;x="`, "text/csv"}, []string{json, html, csv}, csv},
		{"a string that is not closed ends with its line", []string{`application/json;q=0.5;x=", text/csv`}, []string{json, html, csv}, json},
		{"obs-text in a string", []string{"application/json;x=\"\x80\xff\""}, []string{html, json}, json},
	} {
		got := ""
		if i := mediatype.Choose(tt.accept, tt.offers); i >= 0 {
			got = tt.offers[i]
		}
		if got != tt.want {
			t.Errorf("%s: %q among %q: got %q, want %q", tt.rule, tt.accept, tt.offers, got, tt.want)
		}
	}
}

// manyOffers returns n different offers. The last ones have parameters.
func manyOffers(n int) []string {
	list := []string{"application/json", "application/json;v=2", "text/html"}
	for i := len(list); i < n; i++ {
		list = append(list, fmt.Sprintf("application/vnd.a%d+json;v=%d", i, i))
	}
	return list[:n]
}

func FuzzChoose(f *testing.F) {
	for _, accept := range []string{
		"", "application/json", "*/*", rfcExample, chrome,
		"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
		"application/json;profile=v1;q=0.1\napplication/json;profile=\"v\\2\"",
		"application/json;q=.5;q=1;ext;foo=bar, */*;profile=v2;q=0.1",
		"text/html;q=x, text/*;level=1;q=1.5, \"text/html\", a\"b",
		"text/html;charset=UTF-8;q=0.1239, text/html ;q=0.0001 , , ;",
		"*/json, application/*+json, **, *;x, text/html/x, text /html",
		"text/html;x=\"a,b;q=0\";q=0.2, text/html;x=\"", "application/json;profile=v2;profile=v1",
		"application/json;q=\"0.5\", text/html; q = 0.5, text/plain;foo;q=0.1, image/jpeg;q=",
	} {
		f.Add(accept, "application/json\ntext/html")
		f.Add(accept, "text/plain;format=flowed\ntext/plain\ntext/html\nimage/jpeg\ntext/html;level=1\ntext/html;level=2")
		f.Add(accept, "application/json;profile=v1\napplication/json;profile=\"v2\"\napplication/json\ntext/html;charset=utf-8;x=\"a,b;q=0\"")
		f.Add(accept, strings.Join(manyOffers(20), "\n"))
	}
	f.Fuzz(func(t *testing.T, accept, list string) {
		checkChoice(t, strings.Split(accept, "\n"), strings.Split(list, "\n"))
	})
}

// checkChoice compares the choices of both readers. What cannot be offered is
// left out.
func checkChoice(t *testing.T, accept, list []string) {
	t.Helper()
	var offers []string
	var literal []literalType
	for _, s := range list {
		if l, ok := literalOffer(s); ok {
			offers, literal = append(offers, s), append(literal, l)
		}
	}
	if got, want := mediatype.Choose(accept, offers), chooseLiterally(accept, literal); got != want {
		t.Fatalf("%q among %q: got %d, want %d", accept, offers, got, want)
	}
}

// A fuzzer's bytes seldom make two ranges that compete. These do.
func TestChooseLiterally(t *testing.T) {
	names := []string{"a/b", "a/b", "a/b", "a/b", "A/b", "a/c", "aa/b", "a/*", "*/*", "*", "*/b", "a/+b", "application/json", "application/xml", "text/html", "text/*", "image/png", "a", "a/", "a/b/c", "a b", "\xffa/b", "a\xff\xff\xff\xff\xff\xff\xff\xffa/b"}
	params := []string{"x=1", "x=1", "x=1", "y=1", "y=1", "x=2", `x="1"`, `x="\1"`, "X=1", "y=1", "z=3", "charset=utf-8", `charset="UTF-8"`, "x =1", `x="1"y`, `y"1;q=0"`, `x="a,b;q=0"`, "", "ext", "x=", `x="`, "q=x"}
	weights := []string{"q=0", "q=0.5", "q=0.50", "Q=.5", "q=1", "q=2", "q=0.0001", "q=0.499", "q=0.4999", "q=0.001", "q=", `q="1"`, "q=1.", "q=.", "q = 1", "q", "q=0.00001", "q=0.0000"}
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
			offers = append(offers, offer)
		}
		checkChoice(t, lines, offers)
	}
}

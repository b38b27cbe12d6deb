package problem_test

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/apiconventions/apiconventions/problem"
)

func TestMarshalJSON(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  problem.Error
		want string
	}{
		{"the status says it all", problem.Error{Status: 404}, `{"type":"about:blank","title":"Not Found","status":404,"detail":"There is nothing here for this request."}`},
		{"the zero value", problem.Error{}, `{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"The server failed to process the request."}`},
		{"no error status", problem.Error{Status: 200}, `{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"The server failed to process the request."}`},
		{"no error status", problem.Error{Status: 399}, `{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"The server failed to process the request."}`},
		{"no error status", problem.Error{Status: 600}, `{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"The server failed to process the request."}`},
		{"a status without a phrase", problem.Error{Status: 599}, `{"type":"about:blank","title":"Server Error","status":599,"detail":"The server failed to process the request."}`},
		{"a status without a phrase", problem.Error{Status: 499}, `{"type":"about:blank","title":"Client Error","status":499,"detail":"The request cannot be fulfilled as it was sent."}`},
		{
			"all standard members",
			problem.Error{Status: 403, Type: "https://example.com/probs/out-of-credit", Title: "You do not have enough credit.", Detail: "30 < 50", Instance: "/account/1"},
			`{"type":"https://example.com/probs/out-of-credit","title":"You do not have enough credit.","status":403,"detail":"30 < 50","instance":"/account/1"}`,
		},
		{
			"extensions by name",
			problem.Error{Status: 400, Extensions: map[string]any{
				"b": 1, "a": []string{"x"}, "c": map[string]int{"d": 2}, "e": nil, "f": true, "g": int64(math.MaxInt64), "h": 1.5, "i": []string(nil), "j": false,
			}},
			`{"type":"about:blank","title":"Bad Request","status":400,"detail":"The request is malformed.","a":["x"],"b":1,"c":{"d":2},"e":null,"f":true,"g":9223372036854775807,"h":1.5,"i":null,"j":false}`,
		},
		{"escapes", problem.Error{Status: 404, Detail: "\"\\/\x00\x1f\x7f"}, `{"type":"about:blank","title":"Not Found","status":404,"detail":"\"\\/\u0000\u001f` + "\x7f" + `"}`},
		{"the cause and the header stay inside", problem.Error{Status: 500, Err: errSecret, Header: map[string][]string{"X": {"y"}}}, `{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"The server failed to process the request."}`},
		{"more extensions than fit the stack", problem.Error{Status: 400, Extensions: many(12)}, `{"type":"about:blank","title":"Bad Request","status":400,"detail":"The request is malformed.","a":0,"aa":1,"aaa":2,"aaaa":3,"aaaaa":4,"aaaaaa":5,"aaaaaaa":6,"aaaaaaaa":7,"aaaaaaaaa":8,"aaaaaaaaaa":9,"aaaaaaaaaaa":10,"aaaaaaaaaaaa":11}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := json.Marshal(&tt.err)
			if err != nil || string(got) != strings.NewReplacer("<", `\u003c`).Replace(tt.want) {
				t.Errorf("got  %s (%v)\nwant %s", got, err, tt.want)
			}
		})
	}
}

func many(n int) map[string]any {
	m := make(map[string]any)
	for i := range n {
		m[strings.Repeat("a", i+1)] = i
	}
	return m
}

func TestMarshalJSONFindsMistakes(t *testing.T) {
	for _, name := range []string{"type", "title", "status", "detail", "instance"} {
		_, err := json.Marshal(&problem.Error{Status: 400, Extensions: map[string]any{name: "x"}})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("extension %q: error %v", name, err)
		}
	}
	if b, err := json.Marshal(&problem.Error{Status: 400, Extensions: map[string]any{"\xff": 1}}); err == nil {
		t.Errorf("a name that is no UTF-8: marshalled as %s", b)
	}
	_, err := json.Marshal(&problem.Error{Status: 400, Extensions: map[string]any{"title": 1, "status": 2}})
	if err == nil || !strings.Contains(err.Error(), `"status"`) {
		t.Errorf("of two mistakes the first one in the document: %v", err)
	}
	for _, value := range []any{math.NaN(), make(chan int), panics{}} {
		if b, err := json.Marshal(&problem.Error{Status: 400, Extensions: map[string]any{"x": value}}); err == nil {
			t.Errorf("%T: marshalled as %s", value, b)
		}
	}
}

// Whoever marshals an Error as a value gets the document, too, and not the cause.
func TestMarshalJSONOfValues(t *testing.T) {
	e := problem.Error{Status: 502, Err: errSecret, Header: map[string][]string{"X": {"y"}}}
	got, err := json.Marshal([]any{e, &e, struct{ Part problem.Error }{e}, (*problem.Error)(nil)})
	const doc = `{"type":"about:blank","title":"Bad Gateway","status":502,"detail":"A server that this one depends on gave no valid response."}`
	if want := `[` + doc + `,` + doc + `,{"Part":` + doc + `},null]`; err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}

type panics struct{}

func (panics) MarshalJSON() ([]byte, error) { panic("no") }

func TestUnmarshalJSON(t *testing.T) {
	for _, tt := range []struct {
		name, doc string
		want      problem.Error
	}{
		{"empty", `{}`, problem.Error{}},
		{"null", `null`, problem.Error{}},
		{"about:blank is none", `{"type":"about:blank","status":404}`, problem.Error{Status: 404}},
		{
			"extensions",
			`{"type":"/t","title":"T","status":409,"detail":"D","instance":"/i","x":[1,"a"],"y":{"z":null}}`,
			problem.Error{Type: "/t", Title: "T", Status: 409, Detail: "D", Instance: "/i", Extensions: map[string]any{"x": []any{1.0, "a"}, "y": map[string]any{"z": nil}}},
		},
		// RFC 9457 §3.1: a member of the wrong type is ignored.
		{"wrong types", `{"type":1,"title":[],"status":"404","detail":{},"instance":false}`, problem.Error{}},
		{"a status that is none", `{"status":4040}`, problem.Error{}},
		{"a status that is none", `{"status":99}`, problem.Error{}},
		{"a status that is none", `{"status":600}`, problem.Error{}},
		{"the least status", `{"status":100}`, problem.Error{Status: 100}},
		{"the greatest status", `{"status":599}`, problem.Error{Status: 599}},
		{"other ways to write a number", `{"status":4.04e2}`, problem.Error{Status: 404}},
		{"a fraction of a status", `{"status":404.5}`, problem.Error{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := problem.Error{Detail: "from before"}
			if err := json.Unmarshal([]byte(tt.doc), &got); err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %#v (%v), want %#v", got, err, tt.want)
			}
		})
	}
	for _, doc := range []string{``, `[]`, `"x"`, `{"status":`, `{} {}`} {
		if err := json.Unmarshal([]byte(doc), new(problem.Error)); err == nil {
			t.Errorf("%q: no error", doc)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	want := problem.Error{
		Status: 400, Type: "record-changed", Title: "t", Detail: "d", Instance: "/i",
		Extensions: map[string]any{"s": "\u2028\"\\\x01", "n": 1.0, "l": []any{"x"}, "requestId": "r"},
	}
	b, err := json.Marshal(&want)
	if err != nil {
		t.Fatal(err)
	}
	var got problem.Error
	if err := json.Unmarshal(b, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v (%v)", got, err)
	}
}

// What has to be escaped is, wherever it stands in a string of any length.
func TestMarshalJSONEscapesAnywhere(t *testing.T) {
	for length := 1; length <= 32; length++ {
		for at := range length {
			for _, c := range []string{`"`, `\`, "\x00", "\x1f", "é", "\ufffd", "\xff"} {
				for _, among := range []string{"x", " ", "0"} {
					detail := strings.Repeat(among, at) + c + strings.Repeat(among, length-at-1)
					got, err := problem.Error{Status: 404, Detail: detail}.MarshalJSON()
					var back problem.Error
					if err != nil || !utf8.Valid(got) || json.Unmarshal(got, &back) != nil || back.Detail != strings.ToValidUTF8(detail, "\ufffd") {
						t.Errorf("%q: %q, %v", detail, got, err)
					}
				}
			}
		}
	}
}

// Whatever the strings are, the document is valid JSON, and to its readers the same
// as that of encoding/json.
func FuzzMarshalJSON(f *testing.F) {
	for _, s := range []string{"", "plain", "\"\\/\b\f\n\r\t\x00\x1f\x7f", "\u2028\u2029\ufeff\U0010ffff", "\xff\xc0\x80\xed\xa0\x80", "\x80", "\ufffd", "<script>&"} {
		f.Add(s, s, s)
	}
	f.Fuzz(func(t *testing.T, detail, name, value string) {
		e := &problem.Error{Status: 400, Detail: detail, Extensions: map[string]any{
			"s": value, "l": []string{value, detail}, "e": []problem.Field{{Pointer: value, Detail: detail}}, "m": map[string]string{"v": value},
		}}
		if utf8.ValidString(name) && !strings.Contains(" type title status detail instance s l e m ", " "+name+" ") {
			e.Extensions[name] = value
		}
		got, err := e.MarshalJSON()
		if err != nil || !json.Valid(got) || !utf8.Valid(got) {
			t.Fatalf("%q: %v", got, err)
		}
		if detail == "" {
			detail = "The request is malformed."
		}
		want := map[string]any{"type": "about:blank", "title": "Bad Request", "status": 400, "detail": detail}
		for k, v := range e.Extensions {
			want[k] = v
		}
		wantJSON, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var a, b any
		if json.Unmarshal(got, &a) != nil || json.Unmarshal(wantJSON, &b) != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("got  %s\nwant %s", got, wantJSON)
		}
		if back := new(problem.Error); json.Unmarshal(got, back) != nil || back.Detail != strings.ToValidUTF8(detail, "\ufffd") && back.Detail != b.(map[string]any)["detail"] {
			t.Errorf("%q came back as %q", detail, back.Detail)
		}
	})
}

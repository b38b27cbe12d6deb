package problem_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

type record struct {
	Name    string    `json:"name"`
	Age     int8      `json:"age"`
	Weight  float32   `json:"weight"`
	Size    uint16    `json:"size"`
	Active  *bool     `json:"active"`
	Born    time.Time `json:"born"`
	Tags    []string  `json:"tags"`
	Pair    [2]int    `json:"pair"`
	Photo   []byte    `json:"photo"`
	Address struct {
		City  string `json:"city"`
		House struct {
			Number int `json:"number"`
		} `json:"house"`
	} `json:"address"`
	Orders  []order          `json:"orders"`
	Limits  map[string]int   `json:"limits"`
	ByName  map[string]order `json:"by_name"`
	Any     any              `json:"any"`
	Dotted  int              `json:"a.b"`
	Longer  struct{ B int }  `json:"a"`
	Slash   int              `json:"a/b~c d%"`
	Untaged int
	Quoted  int         `json:"quoted,string"`
	Level   level       `json:"level"`
	Picky   picky       `json:"picky"`
	Number  json.Number `json:"number"`
	Money   money       `json:"money"`
	Wrapped wrapped     `json:"wrapped"`
	Hidden  hidden      `json:"hidden"`
	embedded
	*Pointed
}

type order struct {
	Quantity int `json:"quantity"`
}

type embedded struct {
	Inside int `json:"inside"`
}

type Pointed struct {
	Deep struct {
		Value int `json:"value"`
	} `json:"deep"`
}

// level reads itself from text.
type level int

func (l *level) UnmarshalText(text []byte) error {
	if string(text) != "high" {
		return errors.New("no level: " + string(text))
	}
	*l = 1
	return nil
}

// money reads itself with a struct of its own.
type money struct{ amount int }

func (m *money) UnmarshalJSON(b []byte) error {
	var v struct {
		Name   string `json:"name"`
		Amount int    `json:"amount"`
	}
	err := json.Unmarshal(b, &v)
	m.amount = v.Amount
	return err
}

// wrapped wraps the error of another value, of which the name is that of a member here.
type wrapped struct{ money }

func (w *wrapped) UnmarshalJSON(b []byte) error {
	if err := w.money.UnmarshalJSON(b); err != nil {
		return fmt.Errorf("wrapped: %w", err)
	}
	return nil
}

// hidden has a field that encoding/json does not read, with a name that it does.
type hidden struct {
	city string
	City struct {
		Name string `json:"name"`
	} `json:"city"`
}

func (h hidden) String() string { return h.city }

// picky knows the document of what is wrong with it.
type picky struct{}

func (*picky) UnmarshalJSON([]byte) error {
	return problem.Invalid(problem.Field{Pointer: "#/picky", Detail: "must be something else"})
}

func TestReadJSON(t *testing.T) {
	for _, tt := range []struct {
		body    string
		pointer string // "" = accepted
		detail  string
	}{
		{`{"name":"Grace","age":7}`, "", ""},
		{" \r\n\t{} \r\n\t", "", ""},
		{`{"NAME":"Grace"}`, "", ""},
		{`{"level":"high"}`, "", ""},
		{`{"name":"\u00e9é` + "\U0001F600" + `"}`, "", ""},

		{``, "#", "must be one JSON value, and there is none"},
		{` null `, "#", "must be an object"},
		{" \n", "#", "must be one JSON value, and there is none"},
		{`{`, "#", "must be well-formed JSON"},
		{`{"name":"Gra`, "#", "must be well-formed JSON"},
		{`{"name":}`, "#", "must be well-formed JSON"},
		{`{'name':"Grace"}`, "#", "must be well-formed JSON"},
		{`{"name":"Grace",}`, "#", "must be well-formed JSON"},
		{`name=Grace`, "#", "must be well-formed JSON"},
		{"\ufeff{}", "#", "must be well-formed JSON"},
		{strings.Repeat("[", 20_000), "#", "must be well-formed JSON"},
		{`{"name":"` + "\xff" + `"}`, "#", "must be encoded as UTF-8"},
		{"{}\xff", "#", "must be encoded as UTF-8"},
		{`{}{}`, "#", "must be one JSON value, with nothing behind it"},
		{`{} x`, "#", "must be one JSON value, with nothing behind it"},
		{`{}]`, "#", "must be one JSON value, with nothing behind it"},
		{`{},`, "#", "must be one JSON value, with nothing behind it"},
		{`{"secret-name":1}`, "#", "has a member that is not known here"},
		{`{"address":{"secret-name":1}}`, "#", "has a member that is not known here"},
		{`{"embedded":{"inside":1}}`, "#", "has a member that is not known here"},
		{`{"born":"yesterday"}`, "#", "has a value that is not valid"},
		{`{"level":"secret-name"}`, "#", "has a value that is not valid"},
		{`{"photo":"*"}`, "#", "has a value that is not valid"},
		{`{"quoted":7}`, "#", "has a value that is not valid"},
		{`{"number":"secret-name"}`, "#", "has a value that is not valid"},
		{`{"picky":1}`, "#/picky", "must be something else"},
		{`{"wrapped":{"name":7}}`, "#", "has a value that is not valid"},
		{`{"wrapped":{"amount":"secret-name"}}`, "#", "has a value that is not valid"},

		{`[]`, "#", "must be an object"},
		{`"x"`, "#", "must be an object"},
		{`{"name":7}`, "#/name", "must be a string"},
		{`{"age":"7"}`, "#/age", "must be an integer that is not too large"},
		{`{"age":300}`, "#/age", "must be an integer that is not too large"},
		{`{"age":1.5}`, "#/age", "must be an integer that is not too large"},
		{`{"size":-1}`, "#/size", "must be an integer of at least 0 that is not too large"},
		{`{"weight":1e300}`, "#/weight", "must be a number that is not too large"},
		{`{"active":"yes"}`, "#/active", "must be true or false"},
		{`{"tags":"x"}`, "#/tags", "must be a list"},
		{`{"tags":["x",7]}`, "#/tags", "must be a string"},
		{`{"pair":{}}`, "#/pair", "must be a list"},
		{`{"photo":[]}`, "", ""}, // encoding/json takes a list of numbers
		{`{"photo":7}`, "#/photo", "must be a string in base64"},
		{`{"address":"x"}`, "#/address", "must be an object"},
		{`{"address":{"city":7}}`, "#/address/city", "must be a string"},
		{`{"address":{"house":{"number":"x"}}}`, "#/address/house/number", "must be an integer that is not too large"},
		{`{"orders":[{"quantity":"x"}]}`, "#/orders", "must be an integer that is not too large"},
		{`{"orders":[[]]}`, "#/orders", "must be an object"},
		{`{"limits":{"secret-name":"x"}}`, "#/limits", "must be an integer that is not too large"},
		{`{"by_name":{"secret-name":{"quantity":"x"}}}`, "#/by_name", "must be an integer that is not too large"},
		{`{"a.b":"x"}`, "#/a.b", "must be an integer that is not too large"},
		{`{"a":{"B":"x"}}`, "#/a/B", "must be an integer that is not too large"},
		{`{"a/b~c d%":"x"}`, "#/a~1b~0c%20d%25", "must be an integer that is not too large"},
		{`{"UNTAGED":"x"}`, "#/Untaged", "must be an integer that is not too large"},
		{`{"inside":"x"}`, "#/inside", "must be an integer that is not too large"},
		{`{"deep":{"value":"x"}}`, "#/deep/value", "must be an integer that is not too large"},
		{`{"level":7}`, "#/level", "must be a string"},
		{`{"money":{"name":7}}`, "#/money", "must be a string"},
		{`{"money":{"amount":"secret-name"}}`, "#/money", "must be an integer that is not too large"},
		{`{"hidden":{"city":{"name":7}}}`, "#/hidden/city/name", "must be a string"},
		{`{"name":7,"secret-name":1}`, "#/name", "must be a string"}, // the first one
	} {
		h := problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
			var v record
			return problem.ReadJSON(r, &v)
		})
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest("PUT", "/", strings.NewReader(tt.body)))
		var doc struct {
			Type   string
			Errors []problem.Field
		}
		if tt.pointer == "" {
			if rec.Code != 200 {
				t.Errorf("%.60s: %s", tt.body, rec.Body)
			}
			continue
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil {
			t.Errorf("%.60s: %v", tt.body, err)
		}
		want := []problem.Field{{Pointer: tt.pointer, Detail: tt.detail}}
		if rec.Code != 400 || doc.Type != "/problems/invalid-request" || !reflect.DeepEqual(doc.Errors, want) || strings.Contains(rec.Body.String(), "secret-name") {
			t.Errorf("%.60s: %d %s", tt.body, rec.Code, rec.Body)
		}
	}
}

// Other targets than a struct.
func TestReadJSONInto(t *testing.T) {
	for _, tt := range []struct {
		into          any
		body, pointer string
	}{
		{new([]int), `[1,2]`, ""},
		{new([]int), `[1,"2"]`, "#"},
		{new([]order), `[{"quantity":"x"}]`, "#"},
		{new(map[string]order), `{"secret-name":{"quantity":"x"}}`, "#"},
		{new(any), `{"a":[1,{}]}`, ""},
		{new(any), `null`, ""},
		{new(*order), `null`, ""},
		{new([]int), `null`, ""},
		{new(map[string]int), `null`, ""},
		{new(json.RawMessage), `null`, ""},
		{new(int), `null`, "#"},
		{new(string), `null`, "#"},
		{new([2]int), `null`, "#"},
		{new(time.Time), `null`, ""}, // a method of the type's reads it
		{new(*order), `{"quantity":"x"}`, "#/quantity"},
		{&struct{ Items any }{new(order)}, `{"Items":{"quantity":"x"}}`, "#/Items"},
	} {
		err := problem.ReadJSON(httptest.NewRequest("PUT", "/", strings.NewReader(tt.body)), tt.into)
		if tt.pointer == "" {
			if err != nil {
				t.Errorf("%T: %v", tt.into, err)
			}
			continue
		}
		var e *problem.Error
		if !errors.As(err, &e) || !strings.HasPrefix(fmt.Sprint(e.Extensions["errors"]), "[{"+tt.pointer+" ") {
			t.Errorf("%T: %v", tt.into, e)
		}
	}
}

// What the client sent is in the cause.
func TestReadJSONForTheLog(t *testing.T) {
	for body, want := range map[string]string{
		`{"secret-name":1}`:       `unknown field "secret-name"`,
		`{"level":"secret-name"}`: "no level: secret-name",
		`{"address":{"city":7}}`:  "address.city",
		`{"name":`:                "unexpected EOF",
		``:                        "EOF",
		`{}{}`:                    "something behind the value",
		`{"picky":1}`:             "#/picky must be something else",
		"\xff":                    "not UTF-8",
	} {
		var v record
		err := problem.ReadJSON(httptest.NewRequest("PUT", "/", strings.NewReader(body)), &v)
		if got := fmt.Sprintf("%+v", problem.From(err)); !strings.Contains(got, want) {
			t.Errorf("%s: %s", body, got)
		}
	}
}

// A mistake of the programmer is not the client's.
func TestReadJSONIntoNothing(t *testing.T) {
	for _, v := range []any{nil, record{}, (*record)(nil)} {
		err := problem.ReadJSON(httptest.NewRequest("PUT", "/", strings.NewReader("{}")), v)
		if got := problem.From(err); got == nil || got.Status != 500 {
			t.Errorf("%T: %v", v, err)
		}
	}
	var hides struct{ *embedded }
	err := problem.ReadJSON(httptest.NewRequest("PUT", "/", strings.NewReader(`{"inside":1}`)), &hides)
	if got := problem.From(err); got == nil || got.Status != 500 {
		t.Errorf("%T: %v", hides, err)
	}
	r := httptest.NewRequest("PUT", "/", nil)
	r.Body = nil
	if got := problem.From(problem.ReadJSON(r, new(record))); got.Status != 400 {
		t.Errorf("no body: %v", got)
	}
}

type body struct {
	io.Reader
	err error
}

func (b body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = b.err
	}
	return n, err
}

func (body) Close() error { return nil }

// Content that cannot be read has the status that this has.
func TestReadJSONOfWhatDoesNotArrive(t *testing.T) {
	for _, tt := range []struct {
		name   string
		body   io.ReadCloser
		status int
	}{
		{"a deadline", body{strings.NewReader("{}"), os.ErrDeadlineExceeded}, 408},
		{"broken off", body{strings.NewReader("{}"), io.ErrUnexpectedEOF}, 400},
		{"reset", body{strings.NewReader("{}"), &net.OpError{Op: "read", Err: errSecret}}, 400},
		{"a problem of a layer's", body{strings.NewReader("{}"), problem.Wrap(http.StatusRequestTimeout, errSecret)}, 408},
		{"closed by the handler", body{strings.NewReader("{}"), http.ErrBodyReadAfterClose}, 500},
		{"past a limit", http.MaxBytesReader(nil, io.NopCloser(strings.NewReader(`{"a":1}`)), 3), 413},
		{"past ours", io.NopCloser(io.MultiReader(strings.NewReader(`"`), bytes.NewReader(bytes.Repeat([]byte("x"), 11<<20)))), 413},
		{"within a higher limit", http.MaxBytesReader(nil, io.NopCloser(strings.NewReader(`"`+strings.Repeat("x", 11<<20)+`"`)), 20<<20), 200},
		{"a byte at a time", io.NopCloser(iotest.OneByteReader(strings.NewReader(`"x"`))), 200},
	} {
		r := httptest.NewRequest("PUT", "/", nil)
		r.Body = tt.body
		err := problem.ReadJSON(r, new(string))
		if tt.status == 200 && err != nil || tt.status != 200 && problem.From(err).Status != tt.status {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// The whole way over both protocols.
func TestReadJSONInAChain(t *testing.T) {
	h := middleware.Default(zerolog.Nop(), nil).Append(middleware.BodyLimit(100)).Then(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		var v struct {
			Name string `json:"name"`
		}
		if err := problem.ReadJSON(r, &v); err != nil {
			return err
		}
		_, err := io.WriteString(w, v.Name)
		return err
	}))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		for _, tt := range []struct{ body, want string }{
			{`{"name":"Grace"}`, `200 Grace`},
			{`{"name":7}`, `"errors":[{"pointer":"#/name","detail":"must be a string"}]`},
			{`{"name":"` + strings.Repeat("x", 100) + `"}`, `"limit":100`},
		} {
			resp, body := servertest.Do(t, s, "POST", "/", tt.body)
			if got := fmt.Sprint(resp.StatusCode, " ", body); !strings.Contains(got, tt.want) {
				t.Errorf("%s: %s", tt.body, got)
			}
		}
	})
}

// What ReadJSON takes, encoding/json takes, to the same value. What it refuses has
// a document without anything that was sent.
func FuzzReadJSON(f *testing.F) {
	for _, s := range []string{
		`{"name":"Grace","age":7}`, `{"address":{"city":7}}`, `{}{}`, `{"x":1}`, "\xff", ``, `{"by_name":{"x":{"quantity":"y"}}}`, `{"a.b":"x"}`, `[`, `"\ud800"`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, content string) {
		var got, want record
		err := problem.ReadJSON(httptest.NewRequest("PUT", "/", strings.NewReader(content)), &got)
		strict := json.Unmarshal([]byte(content), &want)
		if err == nil {
			if strict != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("%q: %v, %+v and %+v", content, strict, got, want)
			}
			return
		}
		e := problem.From(err)
		if e.Status != 400 {
			t.Fatalf("%q: %v", content, e)
		}
		fields, _ := e.Extensions["errors"].([]problem.Field)
		if len(fields) != 1 || !strings.HasPrefix(fields[0].Pointer, "#") || !strings.HasPrefix(fields[0].Detail, "must be ") && !strings.HasPrefix(fields[0].Detail, "has a ") {
			t.Fatalf("%q: %v", content, fields)
		}
	})
}

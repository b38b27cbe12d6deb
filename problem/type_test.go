package problem_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/problem"
)

var outOfCredit = &problem.Type{
	Slug: "out-of-credit", Status: 403, Title: "Out of credit", Detail: "The account has too little credit.",
}

func TestTypeIsAnError(t *testing.T) {
	for name, err := range map[string]error{
		"as it is":      outOfCredit,
		"wrapped":       fmt.Errorf("pay: %w", outOfCredit),
		"its problem":   outOfCredit.Problem(),
		"among others":  errors.Join(errSecret, outOfCredit),
		"by its fields": &problem.Error{Status: 403, Type: "out-of-credit", Title: "Out of credit", Detail: "The account has too little credit."},
	} {
		rec := httptest.NewRecorder()
		problem.Write(rec, httptest.NewRequest("GET", "/", nil), err)
		const want = `{"type":"/problems/out-of-credit","title":"Out of credit","status":403,"detail":"The account has too little credit."}`
		if rec.Code != 403 || rec.Body.String() != want {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
		}
		if !errors.Is(err, outOfCredit) || errors.Is(err, problem.Types.RecordChanged) {
			t.Errorf("%s: not of its type", name)
		}
	}
	if outOfCredit.Error() != "403 Out of credit" {
		t.Error(outOfCredit.Error())
	}
}

// Each Error of a type is its caller's to change.
func TestTypeMakesNewErrors(t *testing.T) {
	one := problem.Types.RecordChanged.Problem()
	one.Detail, one.Status = "changed", 412
	if two := problem.Types.RecordChanged.Problem(); two.Detail == one.Detail || two.Status != 409 {
		t.Errorf("%+v", two)
	}
	if !errors.Is(one, problem.Types.RecordChanged) {
		t.Error("the type does not depend on the status")
	}
}

// The base of a type's URI is the service's own affair.
func TestIs(t *testing.T) {
	for typ, want := range map[string]bool{
		"record-changed":                                  true,
		"/problems/record-changed":                        true,
		"https://api.example.com/problems/record-changed": true,
		"https://example.com/errors#record-changed":       true,
		"tag:example.com:record-changed":                  true,
		"":                                                false,
		"about:blank":                                     false,
		"/problems/record-changed/":                       false,
		"/problems/record-change":                         false,
		"/problems/x-record-changed":                      false,
		"/problems/xrecord-changed":                       false,
		"/problems/un_record-changed":                     false,
		"/problems/v1.record-changed":                     false,
		"/problems?type=record-changed":                   true,
	} {
		e := &problem.Error{Status: 409, Type: typ}
		if got := errors.Is(fmt.Errorf("put: %w", e), problem.Types.RecordChanged); got != want {
			t.Errorf("%q: %v", typ, got)
		}
		resp := &http.Response{StatusCode: 409, Body: io.NopCloser(strings.NewReader(`{"type":"` + typ + `"}`))}
		if got := errors.Is(fmt.Errorf("put: %w", problem.FromResponse(resp)), problem.Types.RecordChanged); got != want {
			t.Errorf("%q, received: %v", typ, got)
		}
	}
	for _, target := range []error{&problem.Type{}, (*problem.Type)(nil), errSecret} {
		if errors.Is(problem.NotFound(nil), target) || errors.Is((*problem.Error)(nil), target) {
			t.Errorf("is %#v", target)
		}
	}
}

// The catalogue is whole, and says what each type is once.
func TestTypes(t *testing.T) {
	fields := reflect.ValueOf(problem.Types)
	seen := make(map[string]bool)
	for i := range fields.NumField() {
		typ, name := fields.Field(i).Interface().(*problem.Type), fields.Type().Field(i).Name
		var words []string
		for _, word := range strings.Split(typ.Slug, "-") {
			words = append(words, strings.ToUpper(word[:1])+word[1:])
		}
		if strings.Join(words, "") != name || seen[typ.Slug] {
			t.Errorf("%s has the slug %s", name, typ.Slug)
		}
		seen[typ.Slug] = true
		if want := typ.Slug[:1]; !strings.EqualFold(strings.ReplaceAll(typ.Title, " ", "-"), typ.Slug) || strings.ToUpper(want) != typ.Title[:1] {
			t.Errorf("%s: the title %s", typ.Slug, typ.Title)
		}
		for _, text := range []string{typ.Detail, typ.Meaning, typ.Action} {
			if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, ": *.") {
				t.Errorf("%s: %q is no sentence", typ.Slug, text)
			}
		}
		if typ.Status < 400 || typ.Status > 599 {
			t.Errorf("%s: %d", typ.Slug, typ.Status)
		}
		for _, m := range typ.Members {
			if m.Name == "" || m.Meaning == "" || m.Example == nil {
				t.Errorf("%s: member %+v", typ.Slug, m)
			}
		}
		for _, h := range typ.Header {
			if _, ok := h.Example.(string); h.Name == "" || h.Meaning == "" || !ok {
				t.Errorf("%s: field %+v", typ.Slug, h)
			}
		}
	}
}

// The table of the README is the catalogue.
func TestTypesInTheReadme(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	types := reflect.ValueOf(problem.Types)
	for i := range types.NumField() {
		typ := types.Field(i).Interface().(*problem.Type)
		row := fmt.Sprintf("\n| `%s` | %d | %s |\n", typ.Slug, typ.Status, typ.Action)
		if !strings.Contains(string(readme), row) {
			t.Errorf("README lacks %s", row)
		}
	}
}

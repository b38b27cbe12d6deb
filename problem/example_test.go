package problem_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/apiconventions/apiconventions/problem"
)

type person struct {
	Name string `json:"name"`
	Age  int    `json:"age"`
}

// A handler returns its error. What it was caused by is not sent.
func ExampleHandlerFunc() {
	find := func(id string) (person, error) {
		if id != "7" {
			return person{}, sql.ErrNoRows
		}
		return person{Name: "Grace", Age: 36}, nil
	}
	mux := http.NewServeMux()
	mux.Handle("GET /people/{id}", problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		p, err := find(r.PathValue("id"))
		if errors.Is(err, sql.ErrNoRows) {
			return problem.NotFound(err)
		}
		if err != nil {
			return err // 500
		}
		w.Header().Set("Content-Type", "application/json")
		return json.NewEncoder(w).Encode(p)
	}))
	for _, path := range []string{"/people/7", "/people/8"} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Println(w.Code, w.Header().Get("Content-Type"))
		fmt.Println(strings.TrimSpace(w.Body.String()))
	}
	// Output:
	// 200 application/json
	// {"name":"Grace","age":36}
	// 404 application/problem+json
	// {"type":"about:blank","title":"Not Found","status":404,"detail":"There is nothing here for this request."}
}

// The error of ReadJSON is the right document, and so is that of the service's
// own rules.
func ExampleReadJSON() {
	put := problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		var p person
		if err := problem.ReadJSON(r, &p); err != nil {
			return err
		}
		if p.Name == "" {
			return problem.Invalid(problem.Field{Pointer: "#/name", Detail: "must not be empty"})
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
	for _, content := range []string{`{"name":"Grace","age":36}`, `{"name":"Grace","age":"36"}`, `{"age":36}`} {
		w := httptest.NewRecorder()
		put.ServeHTTP(w, httptest.NewRequest("PUT", "/people/7", strings.NewReader(content)))
		var document struct{ Errors []problem.Field }
		_ = json.Unmarshal(w.Body.Bytes(), &document)
		fmt.Println(w.Code, document.Errors)
	}
	// Output:
	// 204 []
	// 400 [{#/age must be an integer that is not too large}]
	// 400 [{#/name must not be empty}]
}

// A service's own type. Its pages are those of problem.Pages("", outOfCredit).
func ExampleType() {
	outOfCredit := &problem.Type{
		Slug: "out-of-credit", Status: http.StatusForbidden, Title: "Out of credit",
		Detail: "The account has too little credit.",
	}
	pay := problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error {
		e := outOfCredit.Problem()
		e.Extensions = map[string]any{"balance": 30}
		return e
	})
	w := httptest.NewRecorder()
	pay.ServeHTTP(w, httptest.NewRequest("POST", "/orders", nil))
	fmt.Println(w.Body)

	err := problem.FromResponse(w.Result()) // in a client
	fmt.Println(errors.Is(err, outOfCredit), errors.Is(err, problem.Types.RecordChanged))
	// Output:
	// {"type":"/problems/out-of-credit","title":"Out of credit","status":403,"detail":"The account has too little credit.","balance":30}
	// true false
}

// A client tells problems apart by type or by status.
func ExampleFromResponse() {
	response := &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"5"}}}
	err := problem.FromResponse(response)
	var e *problem.Error
	if errors.As(err, &e) && e.Status == http.StatusServiceUnavailable {
		fmt.Println("try again in", e.Header.Get("Retry-After"), "seconds")
	}
	// Output:
	// try again in 5 seconds
}

package middleware_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/apiconventions/apiconventions/middleware"
)

func ExampleAccept() {
	list := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		accepted, _ := middleware.AcceptedFromContext(r.Context())
		w.Header().Set("Content-Type", accepted)
		switch accepted, _ := middleware.AcceptedFromContext(r.Context()); accepted {
		case "application/json":
			_, _ = io.WriteString(w, `[{"id":7}]`)
		case "text/csv":
			_, _ = io.WriteString(w, "id\n7")
		}
	})
	h := middleware.Accept("application/json", "text/csv")(list)

	for _, accept := range []string{"*/*", "text/*, application/json;q=0.5", "image/png"} {
		r := httptest.NewRequest(http.MethodGet, "/files", nil)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Header().Get("Content-Type"), w.Header().Get("Vary"))
		fmt.Println(w.Body)
	}
	// Output:
	// 200 application/json Accept
	// [{"id":7}]
	// 200 text/csv Accept
	// id
	// 7
	// 406 application/problem+json Accept
	// {"type":"/problems/not-acceptable","title":"Not acceptable","status":406,"detail":"The resource has no media type that the request accepts.","available":["application/json","text/csv"]}
}

func ExampleNegotiate() {
	// What Chrome sends for a page.
	accept := []string{"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"}
	fmt.Println(middleware.Negotiate(accept, "application/json", "text/html"))
	fmt.Println(middleware.Negotiate(accept, "application/json", "text/csv"))
	fmt.Println(middleware.Negotiate([]string{"image/png"}, "application/json", "text/csv"))
	// Output:
	// text/html true
	// application/json true
	//  false
}

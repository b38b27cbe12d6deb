package middleware_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/apiconventions/apiconventions/middleware"
)

func ExampleContentType() {
	h := middleware.ContentType("application/merge-patch+json")(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	for _, contentType := range []string{"application/merge-patch+json; charset=utf-8", "application/json"} {
		r := httptest.NewRequest(http.MethodPatch, "/files/7", strings.NewReader(`{"name":"a.txt"}`))
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Printf("%d %q\n%s\n", w.Code, w.Header().Get("Accept-Patch"), w.Body)
	}
	// Output:
	// 204 ""
	//
	// 415 "application/merge-patch+json"
	// {"type":"/problems/unsupported-media-type","title":"Unsupported media type","status":415,"detail":"The content of the request has a type or a coding that is not taken here.","accept":["application/merge-patch+json"]}
}

package middleware_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/apiconventions/apiconventions/middleware"
)

func ExampleRequireNoCache() {
	token := middleware.RequireNoCache(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, `{"access_token":"mF_9.B5f-4.1JqM","token_type":"Bearer"}`)
	}))
	for _, directive := range []string{"no-cache", "max-age=0"} {
		r := httptest.NewRequest("POST", "/token", strings.NewReader("grant_type=client_credentials"))
		r.Header.Set("Cache-Control", directive)
		w := httptest.NewRecorder()
		token.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Header().Get("Cache-Control"), w.Header().Get("Content-Type"))
	}
	// Output:
	// 200 no-store application/json
	// 400 no-store application/problem+json
}

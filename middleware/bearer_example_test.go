package middleware_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/apiconventions/apiconventions/middleware"
)

func ExampleBearer() {
	type subject struct{}
	verify := func(ctx context.Context, token string) (context.Context, error) {
		if token != "mF_9.B5f-4.1JqM" {
			return nil, fmt.Errorf("%w: not signed by us", middleware.ErrToken)
		}
		ctx = context.WithValue(ctx, subject{}, "ada")
		return middleware.WithScopes(ctx, strings.Fields("files:read files:list")...), nil
	}
	hello := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, "hello ", r.Context().Value(subject{}))
	})
	bearer := middleware.Bearer(verify, &middleware.BearerOptions{Realm: "files"})
	read := bearer(middleware.RequireScope("files:read")(hello))
	write := bearer(middleware.RequireScope("files:write")(hello))

	ask := func(h http.Handler, authorization string) {
		r := httptest.NewRequest("GET", "/", nil)
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == http.StatusOK {
			fmt.Println(w.Code, w.Body)
			return
		}
		fmt.Println(w.Code, w.Header().Get("WWW-Authenticate"))
	}
	ask(read, "")
	ask(read, "Bearer expired")
	ask(read, "Bearer mF_9.B5f-4.1JqM")
	ask(write, "Bearer mF_9.B5f-4.1JqM")
	// Output:
	// 401 Bearer realm="files"
	// 401 Bearer realm="files", error="invalid_token"
	// 200 hello ada
	// 403 Bearer realm="files", error="insufficient_scope", scope="files:write"
}

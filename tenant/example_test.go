package tenant_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

func ExampleResolve() {
	token := tenant.Grants{IDs: []tenant.ID{"1234567", "7654321"}}

	h := http.Header{}
	h.Set("x-raet-tenant-id", "1234567")
	fmt.Println(tenant.Resolve(h, token))

	_, err := tenant.Resolve(http.Header{}, token)
	fmt.Println(problem.From(err).Status, problem.From(err).Type)
	// Output:
	// 1234567 <nil>
	// 400 tenant-required
}

func ExampleRequire() {
	// What the token grants is what the layer that verified it left in the
	// context.
	grants := func(r *http.Request) (tenant.Grants, error) {
		return tenant.Grants{IDs: []tenant.ID{"1234567", "7654321"}}, nil
	}
	people := map[tenant.ID]map[string]string{"1234567": {"7": "Ada"}}

	mux := http.NewServeMux()
	mux.Handle("GET /people/{id}", tenant.Require(grants, nil)(problem.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) error {
			id, _ := tenant.FromContext(r.Context())
			name, ok := people[id][r.PathValue("id")]
			if !ok {
				return problem.NotFound(errors.New("no such person of this tenant"))
			}
			_, err := fmt.Fprint(w, name)
			return err
		})))

	for _, id := range []string{"1234567", "7654321", "1111111"} {
		r := httptest.NewRequest("GET", "/people/7", nil)
		r.Header.Set("x-raet-tenant-id", id)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Header().Get("Cache-Control"), w.Body)
	}
	// Output:
	// 200 private, no-cache Ada
	// 404 no-store {"type":"about:blank","title":"Not Found","status":404,"detail":"There is nothing here for this request."}
	// 403 no-store {"type":"/problems/tenant-not-granted","title":"Tenant not granted","status":403,"detail":"This token does not grant the tenant."}
}

// A job works for one tenant after the other, with the same code as a request.
func ExampleNewContext() {
	work := func(r *http.Request) {
		id, ok := tenant.FromContext(r.Context())
		fmt.Println(id, ok)
	}
	r := httptest.NewRequest("POST", "/", nil)
	for _, id := range []tenant.ID{"1234567", "7654321"} {
		work(r.WithContext(tenant.NewContext(r.Context(), id)))
	}
	work(r)
	// Output:
	// 1234567 true
	// 7654321 true
	//  false
}

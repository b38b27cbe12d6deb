package conformance_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/apiconventions/apiconventions/conformance"
)

// A service that forgets half of HEAD.
func ExampleRun() {
	mux := http.NewServeMux()
	mux.HandleFunc("/people/7", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodHead {
			w.Header().Set("Content-Type", "text/plain")
		}
		fmt.Fprint(w, `{"name":"Ada"}`)
	})
	report, err := conformance.Run(context.Background(), conformance.Service{
		Handler:   mux,
		Only:      "^(read|head)/",
		Resources: []conformance.Resource{{Path: "/people/7", Missing: "/people/8"}},
	}, nil)
	if err != nil {
		fmt.Println(err)
	}
	for _, r := range report.Results {
		fmt.Println(r.Outcome, r.Check)
		if r.Outcome == conformance.Failed {
			fmt.Println("  ", r.Reason)
		}
	}
	// Output:
	// passed read/is-there
	// skipped read/moved
	// passed read/absent
	// passed read/content-type
	// skipped read/deprecated
	// failed head/like-get
	//    Content-Type of HEAD of the resource is "text/plain", and of GET "application/json"
	// skipped head/conditions
	// passed head/errors
}

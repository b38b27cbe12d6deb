// Package problem makes every error of a service an RFC 9457 problem document.
//
// An [Error] has two audiences: what its author wrote for the client (Detail,
// Extensions) goes out, the cause (Err) goes to the log and never out. A handler
// returns an error from a [HandlerFunc] or calls [Write]; [From] finds the
// document in whatever was returned, and what says nothing about itself is a
// 500 that says nothing either. A refusal that is the same for every request is
// made once, with [Prepare].
//
//	mux.Handle("GET /people/{id}", problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
//		p, err := store.Person(r.Context(), r.PathValue("id"))
//		if errors.Is(err, sql.ErrNoRows) {
//			return problem.NotFound(err)
//		}
//		if err != nil {
//			return err // 500; the log has the cause
//		}
//		return json.NewEncoder(w).Encode(p)
//	}))
//
// The package works on any http.ResponseWriter. Under the Problems middleware
// of package middleware it knows more: the request id, the service's base of
// problem types, its own mapping of errors, and whether the answer has begun.
package problem

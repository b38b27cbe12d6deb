// Package problem makes every error of a service an RFC 9457 problem document.
//
// A handler returns its error from a [HandlerFunc], or calls [Write]. [From] finds the
// document in the error. For an error without one the response is a 500, and its
// document tells nothing about the error.
//
//	mux.Handle("GET /people/{id}", problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
//		p, err := store.Person(r.Context(), r.PathValue("id"))
//		if errors.Is(err, sql.ErrNoRows) {
//			return problem.NotFound(err)
//		}
//		if err != nil {
//			return err // 500; the log has the cause
//		}
//		w.Header().Set("Content-Type", "application/json")
//		return json.NewEncoder(w).Encode(p)
//	}))
//
// An [Error] has two audiences. Detail and Extensions are written for the client and
// sent. The cause (Err) goes to the log: it is in the access line of package middleware,
// in the text of the verb %+v and in the value for log/slog. It is never in the document
// or in the text of the method Error.
//
// [ReadJSON] reads the content of a request strictly, and returns errors that a handler
// can return as they are. [FromResponse] is for the clients of a service.
//
// The package works on any http.ResponseWriter. Under the Problems middleware of
// package middleware it has the request id, the service's base of problem types,
// its own mapping of errors, and whether the response has begun.
package problem

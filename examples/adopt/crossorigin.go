package main

import "net/http"

// withCrossOriginProtection has it inside the edge, which makes a document of the
// text that it refuses with. A service that reads bearer tokens alone does not need
// it; one with cookies does.
func withCrossOriginProtection(s *service) http.Handler {
	return s.edge(newMux(s), http.NewCrossOriginProtection().Handler, limit)
}

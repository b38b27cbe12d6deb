// Package conformance tests a running service against the API conventions, from
// the outside: by HTTP, whatever the service is written in.
//
// A service written in Go has one test:
//
//	func TestConventions(t *testing.T) {
//		conformance.Test(t, conformance.Service{
//			Handler: newService(),
//			Tokens:  conformance.Tokens{Single: single, Multi: multi},
//			Tenant:  "1234567", OtherTenant: "7654321",
//			Resources: []conformance.Resource{{
//				Path:    "/people/7",
//				Missing: "/people/8",
//				Types:   []string{"application/json"},
//				Change:  &conformance.Request{Method: "PUT", Type: "application/json", Content: `{"name":"Ada {n}"}`},
//			}},
//		})
//	}
//
// Every check is a subtest whose name stands in the README of this package, such
// as precondition/409-before-the-handler. A check that needs what the [Service]
// does not describe is skipped and says what it lacks. A check that fails shows
// the requests as curl commands, the responses, and what to do. Times are
// printed and not judged.
//
// The command conform does the same for any URL, with the description in a file.
//
// The kit writes only what is described: it makes the Change of a resource,
// which it does not take back, and the requests of Create. With ReadOnly it sends
// no unsafe method at all. It is for a service that holds test data, not for one
// that holds a customer's. A run sends some 2,000 requests, most of them hostile.
package conformance

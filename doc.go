// Package apiconventions is the root of a module of net/http middleware, with which a Go
// service adopts documented API conventions. It has no code. The packages are
//
//   - problem: errors that are RFC 9457 problem documents
//   - etag: entity tags, and preconditions that are evaluated before the handler
//     runs (304, 409, 412, 428)
//   - tenant: which tenant a request acts for
//   - middleware: request ids, access log, panics, bearer tokens and scopes,
//     Content-Type and Accept, body limit, gate, and the ready chain
//   - conformance: tests of a running service against the conventions
//
// The example is a whole service.
package apiconventions

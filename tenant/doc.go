// Package tenant decides for which tenant a request acts: the one that it names
// in a header field, out of those that its token grants.
//
// # The rule
//
// [Resolve] is the rule, and [Require] is the middleware that keeps it. The
// first row that applies decides:
//
//	header field                 token grants      answer
//	two lines, a list, empty,    anything          400 tenant-malformed
//	too long, bad characters
//	none or any                  no tenant         403 tenant-not-granted
//	none                         one, not Multi    acts for that one
//	none                         several or Multi  400 tenant-required
//	one of those granted         it                acts for it
//	any other                    not it            403 tenant-not-granted
//
// The form comes first because it depends on nothing but what the client sent,
// so the answer to a malformed field tells nothing about the token. A tenant id
// is 1 to 64 letters, digits, ".", "_" and "-", not dots alone, compared byte by byte; a service
// can bring another rule, another header name, and have 404 for the 403.
//
// An id among the grants that is itself no tenant id, the empty one above all,
// is never acted for: it counts as a tenant of the token, and cannot be chosen.
// The same id twice is one tenant.
//
// # Not there and not yours
//
// A tenant that is not granted and one that does not exist are answered alike,
// to the byte: Require does not know, and does not ask, which tenants exist.
// With Options.Hide both are the 404 of everything that is not there. Within
// the granted tenant the handler keeps up the same: it looks for the record
// under the tenant that [FromContext] gives, and returns problem.NotFound for
// what it does not find, be it absent or another tenant's. What was asked for
// is in the log; the client is told nothing of it.
//
// # Caches
//
// Every response from Require inwards, errors, 304 and panics included, has Vary:
// X-Raet-Tenant-Id, Authorization, whatever else the handler puts there, and the
// response of a handler that sets nothing about caching is Cache-Control: private,
// no-cache. So a shared cache keeps nothing, and a browser's cache asks each
// time. What a layer further out refuses, such as middleware.Bearer, has no tenant
// header in Vary.
//
// A handler that says public takes this back: a shared cache may keep the response
// and give it to others (RFC 9111 §3.5). Where the request named the tenant, Vary then
// names the tenant header alone (RFC 9110 §12.5.5): everybody who sends the same header,
// with any token, valid or not, is served from the cache. Where the tenant was the
// token's, Authorization stays in Vary. Public fits what is the same for all (a schema,
// a list of countries).
//
// "s-maxage" or "must-revalidate" without public keep Authorization in Vary. A cache
// that heeds one line of Vary, as nginx does before 1.23, must not have a compressor
// between itself and the service that adds a line of its own: it then knows nothing of
// the tenant.
package tenant

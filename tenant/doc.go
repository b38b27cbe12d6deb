// Package tenant decides which tenant a request acts for: the one that it names in a
// header field, if its token grants it.
//
// # The rule
//
// [Resolve] is the rule, and [Require] is the middleware that applies it. The first row
// that matches decides:
//
//	header field                 token grants      result
//	two values, a list, empty,   anything          400 tenant-malformed
//	too long, bad characters
//	none or any                  no tenant         403 tenant-not-granted
//	none                         one, not Multi    acts for that one
//	none                         several or Multi  400 tenant-required
//	one of those granted         it                acts for it
//	any other                    not it            403 tenant-not-granted
//
// The form of the field comes first, so that the response to a malformed field tells
// nothing about the token. A tenant id is 1 to 64 letters, digits, ".", "_" and "-", but
// not only dots. Ids are compared byte by byte. With [Options] a service has another rule
// for ids, another field name, or 404 for the 403.
//
// A granted id that is no tenant id, such as the empty string, counts as a tenant of the
// token, but no request acts for it. The same id twice is one tenant.
//
// # Not there and not yours
//
// A tenant that is not granted and one that does not exist have the same response, to the
// byte: Require does not know which tenants exist. With Options.Hide it is the 404 of a
// resource that does not exist. The handler does the same with records. It looks for the
// record of the tenant that [FromContext] returns, and returns problem.NotFound whether
// the record does not exist or is another tenant's. The log has the tenant that was asked
// for, and the response has not.
//
// # Caches
//
// Every response from Require inwards, including errors, 304 and panics, has X-Raet-Tenant-Id
// and Authorization in Vary. If the handler sets nothing about caching, the response is
// Cache-Control: private, no-cache. So a shared cache stores nothing, and a browser
// revalidates each time. The refusal of a layer further out, such as middleware.Bearer,
// does not have the tenant field in Vary.
//
// With Cache-Control: public, a shared cache may store the response and send it to other
// clients (RFC 9111 §3.5). If the request named the tenant, Vary then has the tenant field
// and not Authorization (RFC 9110 §12.5.5): the cache serves every client that sends the
// same tenant, with any token, valid or not. If the tenant is that of the token,
// Authorization stays in Vary. Public is for responses that are the same for all clients,
// such as a schema or a list of countries.
//
// With s-maxage or must-revalidate and without public, Authorization stays in Vary. nginx
// before 1.23 heeds only one line of Vary. If a compressor between it and the service adds
// a line, such a cache does not see the tenant field.
package tenant

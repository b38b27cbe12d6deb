// Package mediatype reads media types (RFC 9110 §8.3.1), matches them against
// patterns, chooses one by an Accept field (§12.5.1), and writes Accept-Query
// (RFC 10008 §3).
//
// What a client sent is read in time linear in its length and without
// allocations: a field may be as long as the server admits.
package mediatype

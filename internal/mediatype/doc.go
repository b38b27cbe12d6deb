// Package mediatype parses media types (RFC 9110 §8.3.1), matches them against patterns,
// chooses one by an Accept field (§12.5.1), and writes Accept-Query (RFC 10008 §3).
//
// It parses in linear time and without allocations, because a field may be as long as the
// server admits.
package mediatype

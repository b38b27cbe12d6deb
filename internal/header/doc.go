// Package header reads and writes the syntax that HTTP header fields share: tokens,
// quoted strings, lists over several values (RFC 9110 §5.5, §5.6), lists of entity tags,
// Vary, and parts of structured fields (RFC 9651).
//
// It reads in linear time and without allocations, because a field may be as long as the
// server admits.
package header

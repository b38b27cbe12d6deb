// Package header reads and writes the syntax that HTTP header fields share:
// tokens, quoted strings, lists over several field lines (RFC 9110 §5.5, §5.6),
// Vary, and what the module needs of structured fields (RFC 9651).
//
// What a client sent is read in time linear in its length and without
// allocations: a field may be as long as the server admits.
package header

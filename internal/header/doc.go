// Package header reads and writes the field syntax that the module's rooms
// have in common (RFC 9110 §5.6): tokens, lists over all lines of a field, and
// Vary.
//
// Nothing here allocates on reading, and every function takes time linear in
// its input: a field may be as long as the server admits.
package header

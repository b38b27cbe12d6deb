// Package mediatype reads media types (RFC 9110 §8.3.1), chooses among them by
// an Accept field (§12.5.1), and matches them against what a route takes.
//
// Every function takes time linear in what the client sent, and allocates
// nothing unless its comment says so.
package mediatype

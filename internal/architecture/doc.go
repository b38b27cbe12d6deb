// Package architecture has the tests of the module's own shape: who imports whom,
// the exported API as a text, documentation.
package architecture

// Package architecture has the tests of the module's own shape: imports, the exported API,
// and documentation.
package architecture

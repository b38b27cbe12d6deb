package main

import "net/http"

func negotiateOurs(in accept) op     { return nil }
func contentTypeOurs(in content) op  { return nil }
func evaluateOurs(in condition) op   { return nil }
func guardOurs(in condition) op      { return nil }
func computedOurs(in page) op        { return nil }
func documentOurs(struct{}) op       { return nil }
func accessLogOurs(*http.Request) op { return nil }
func chainOurs(int) op               { return nil }
func failureOurs(failure) op         { return nil }
func routedOurs(string) op           { return nil }

var edgeOurs edge

func varyOurs(string) op { return nil }

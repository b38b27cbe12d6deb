package main

import (
	stdlog "log"
	"net/http"
	"time"
)

const (
	// A token names its tenants and a list has a filter; 32 KiB are enough for both. net/http's default is
	// 1 MiB, which anybody can make the server hold before there is a token to check.
	maxHeader = 32 << 10

	headerTime  = 10 * time.Second // for a header to arrive
	betweenTime = 2 * time.Minute  // for a connection to stay open without a request

	smallContent = 30 * time.Second // for all content but uploads to arrive
	idleTime     = time.Minute      // without a byte of an upload sent, or of a response taken
)

// newServer bounds what a client can make the service hold, and for how long. There is no ReadTimeout: it
// would end every download, too. What content may take, each route says.
func (s *service) newServer() *http.Server {
	return &http.Server{
		Handler:           s.handler(),
		MaxHeaderBytes:    maxHeader,
		ReadHeaderTimeout: headerTime,
		WriteTimeout:      s.idle, // uploads and downloads move it on
		IdleTimeout:       betweenTime,
		ErrorLog:          stdlog.New(s.log, "", 0),
	}
}

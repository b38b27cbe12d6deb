package middleware

import (
	"net/url"

	"github.com/justinas/alice"
	"github.com/rs/zerolog"
)

// Options configure the edge. The zero value, like nil, is the house rule. They
// are read when the chain is built and not kept.
type Options struct {
	// Types is put before the slug of a problem type to make its URI reference,
	// such as "https://api.example.com/problems/". "" is "/problems/".
	Types string

	// Map turns the service's own errors into problems, or returns nil for those
	// that it does not know:
	//
	//	func(err error) error {
	//		if errors.Is(err, sql.ErrNoRows) {
	//			return problem.NotFound(err)
	//		}
	//		return nil
	//	}
	//
	// It is asked before problem.From, for every error: the chain's own problems
	// (the mux's 404, Bearer's 401) as well. It must be safe for concurrent use and
	// must not change the error, which other requests may share: to say more, it
	// returns a new one.
	Map func(error) error

	// Observe gets what the access log gets, after the request has ended, for
	// metrics. It runs on the request's goroutine.
	Observe func(Record)
}

// Default is the edge of a service: RequestID, AccessLog, Problems, Recover, in
// this order. It goes around the mux, so that the mux's own 404 and 405 are
// problem documents, too. It panics if o.Types is no URI reference.
func Default(log zerolog.Logger, o *Options) alice.Chain {
	return alice.New(RequestID, AccessLog(log, o), Problems(o), Recover)
}

// copied is what the caller wrote, checked, or the zero value.
func (o *Options) copied() Options {
	if o == nil {
		return Options{}
	}
	if _, err := url.Parse(o.Types); err != nil {
		panic("middleware: Options.Types is no URI reference: " + o.Types)
	}
	return *o
}

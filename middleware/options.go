package middleware

import (
	"github.com/justinas/alice"
	"github.com/rs/zerolog"
)

// Options configure [Default]. The zero value, like nil, is the default. They
// are read when the chain is built and not kept.
type Options struct {
	Types   string            // see [ProblemsOptions]
	Map     func(error) error // see [ProblemsOptions]
	Observe func(Record)      // see [AccessLogOptions]
}

// Default returns the edge of a service: RequestID, AccessLog, Problems and Recover, in
// this order. It goes around the mux, so that the mux's own 404 and 405 are problem
// documents as well. It panics if o.Types is no URI reference.
func Default(log zerolog.Logger, o *Options) alice.Chain {
	if o == nil {
		o = new(Options)
	}
	return alice.New(
		RequestID,
		AccessLog(log, &AccessLogOptions{Observe: o.Observe}),
		Problems(&ProblemsOptions{Types: o.Types, Map: o.Map}),
		Recover,
	)
}

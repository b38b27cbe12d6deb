// Command conform tests a running service against the API conventions and
// reports what it breaks.
//
//	conform [flags] [description.json]
//
// The description is a conformance.Service as JSON. For a simple case the flags
// are enough:
//
//	conform -url https://api.example.com -token '$TOKEN' -tenant 1234567 -path /people/7 -missing /people/0 -read-only
//
// A token, or the content of the request for a token, that begins with "$" is the
// name of an environment variable. Progress goes to standard error, and the report
// to standard output.
//
// The exit code is 0 if no check failed, 1 if the service breaks a convention, and
// 2 if nothing could be said about it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/apiconventions/apiconventions/conformance"
)

// Exit codes.
const (
	kept = iota
	broken
	unknown
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the command without the process around it.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	o, err := parse(args, errs)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return kept
	case err != nil:
		fmt.Fprintln(errs, "conform:", err)
		return unknown
	}
	progress := func(r conformance.Result) {
		fmt.Fprintf(errs, "%-8s%s%s %v\n", r.Outcome, r.Check, about(r), r.Took.Round(time.Millisecond))
	}
	if o.quiet {
		progress = nil
	}
	began := time.Now()
	report, err := conformance.Run(ctx, o.service, progress)
	if err != nil {
		fmt.Fprintln(errs, "conform:", err)
		return unknown
	}
	s := summarize(report, time.Since(began))
	if o.json {
		err = s.writeJSON(out)
	} else {
		err = s.writeText(out)
	}
	switch {
	case err != nil:
		fmt.Fprintln(errs, "conform:", err)
		return unknown
	case s.Failed > 0:
		return broken
	case s.Passed == 0:
		fmt.Fprintln(errs, "conform: nothing was checked; describe a resource")
		return unknown
	}
	return kept
}

// about names the resource of a result, if it is about one.
func about(r conformance.Result) string {
	if r.Resource == "" {
		return ""
	}
	return " (" + r.Resource + ")"
}

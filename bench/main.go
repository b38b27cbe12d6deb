// Command bench measures this library beside its peers, on the wire and in
// one process, and asks them all the questions on which libraries differ. It
// prints Markdown, and exits with status 1 if a budget is missed or one of our
// own responses is wrong.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"regexp"
	"time"
)

func main() {
	log.SetFlags(0)
	var (
		run     = flag.String("run", "", "only what matches this `regexp`")
		profile = flag.String("profile", "", "write processor profiles of our services to this `directory`")
		name    = flag.String("serve", "", "be this service (bench starts itself so)")
		file    = flag.String("file", "", "the file that the service sends")
	)
	flag.Parse()
	if *name != "" {
		if err := runService(*name, *file, *profile); err != nil {
			log.Fatalf("%s: %v", *name, err)
		}
		return
	}
	chosen, err := regexp.Compile(*run)
	if err != nil {
		log.Fatal(err)
	}
	if !measureAll(chosen, *profile) {
		os.Exit(1)
	}
}

// measureAll prints all tables and reports whether all is well.
func measureAll(chosen *regexp.Regexp, profile string) (well bool) {
	remove, err := makeContent()
	if err != nil {
		log.Fatal(err)
	}
	defer remove()

	out := os.Stdout
	fmt.Fprintf(out, "# Results\n\n`go run -C bench .` on %s. The [README](README.md) says how it is measured.\n", machine())
	fmt.Fprintln(out, "\n## On the wire\n\nProcessor time of the server for a request, as a ratio to bare net/http.")
	missed, err := wire(out, chosen, profile)
	if err != nil {
		log.Print(err)
		return false
	}
	fmt.Fprintln(out, "\n## In process")
	missed += speed(out, chosen)
	missed += longHeaders(out, chosen)
	growth(out, chosen)
	fmt.Fprintln(out, "\n## Responses")
	wrong := responses(out, chosen)
	fmt.Fprintf(out, "\n%d budgets missed, %d responses of ours wrong.\n", missed, wrong)
	progress("done")
	return missed+wrong == 0
}

var begun = time.Now()

// progress says on standard error what is being done.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%3.0fs  %s\n", time.Since(begun).Seconds(), fmt.Sprintf(format, args...))
}

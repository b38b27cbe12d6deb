package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/apiconventions/apiconventions/conformance"
)

// A summary is a report with its numbers.
type summary struct {
	conformance.Report
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`

	took time.Duration
}

func summarize(report conformance.Report, took time.Duration) summary {
	s := summary{Report: report, took: took}
	for _, r := range report.Results {
		switch r.Outcome {
		case conformance.Passed:
			s.Passed++
		case conformance.Failed:
			s.Failed++
		default:
			s.Skipped++
		}
	}
	return s
}

func (s summary) writeJSON(out io.Writer) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(s)
}

// writeText writes the failures in full, and the rest in a few lines.
func (s summary) writeText(out io.Writer) error {
	w := bufio.NewWriter(out)
	for _, r := range s.Results {
		if r.Outcome == conformance.Failed {
			fmt.Fprintf(w, "%s\n", indent(r.String()))
		}
	}
	s.writeSkipped(w)
	s.writeGroups(w)
	for _, r := range s.Results {
		for _, n := range r.Notes {
			fmt.Fprintf(w, "%s%s: %s\n", r.Check, about(r), n)
		}
	}
	fmt.Fprintf(w, "\n%s: %d passed, %d failed, %d skipped in %v\n", s.URL, s.Passed, s.Failed, s.Skipped, s.took.Round(time.Millisecond))
	return w.Flush()
}

// indent sets all lines but the first apart.
func indent(text string) string {
	return strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ") + "\n"
}

// writeSkipped writes each reason once, with the checks that it kept from running.
func (s summary) writeSkipped(w io.Writer) {
	var reasons []string
	checks, all := map[string][]string{}, map[string]int{}
	for _, r := range s.Results {
		all[group(r)]++
		if r.Outcome != conformance.Skipped {
			continue
		}
		if checks[r.Reason] == nil {
			reasons = append(reasons, r.Reason)
		}
		checks[r.Reason] = append(checks[r.Reason], r.Check+about(r))
	}
	if len(reasons) > 0 {
		fmt.Fprintln(w, "skipped")
	}
	for _, reason := range reasons {
		fmt.Fprintf(w, "    %s\n        %s\n", reason, wrap(joined(checks[reason], all), "\n        "))
	}
}

// wrap joins names into lines of some 100 characters.
func wrap(names []string, newline string) string {
	var b strings.Builder
	width := 0
	for i, name := range names {
		switch {
		case i == 0:
		case width+len(name) > 90:
			b.WriteString("," + newline)
			width = 0
		default:
			b.WriteString(", ")
		}
		b.WriteString(name)
		width += len(name) + 2
	}
	return b.String()
}

// joined writes a group whose checks are all in the list as one.
func joined(list []string, all map[string]int) (short []string) {
	here := map[string]int{}
	for _, name := range list {
		g, _, _ := strings.Cut(name, "/")
		here[g]++
	}
	for _, name := range list {
		switch g, _, _ := strings.Cut(name, "/"); {
		case here[g] < all[g] || all[g] == 1:
			short = append(short, name)
		case !slices.Contains(short, g+"/*"):
			short = append(short, g+"/*")
		}
	}
	return short
}

func group(r conformance.Result) string {
	g, _, _ := strings.Cut(r.Check, "/")
	return g
}

// writeGroups writes one line for each group of checks.
func (s summary) writeGroups(w io.Writer) {
	var groups []string
	counts := map[string]map[string]int{}
	for _, r := range s.Results {
		g := group(r)
		if counts[g] == nil {
			groups = append(groups, g)
			counts[g] = map[string]int{}
		}
		counts[g][r.Outcome]++
	}
	fmt.Fprintf(w, "\n%-14s%8s%8s%8s\n", "", conformance.Passed, conformance.Failed, conformance.Skipped)
	for _, g := range groups {
		fmt.Fprintf(w, "%-14s%8d%8d%8d\n", g, counts[g][conformance.Passed], counts[g][conformance.Failed], counts[g][conformance.Skipped])
	}
	fmt.Fprintln(w)
}

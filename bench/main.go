// Command bench measures this library against its peers in one process and
// one run, and asks them all the questions on which libraries differ.
// It exits with status 1 when a budget is missed by more than noise explains.
package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
)

func main() {
	machine(os.Stdout)
	fmt.Println("\nSPEED")
	missed := speed(os.Stdout)
	fmt.Println("\nANSWERS")
	wrong := answers(os.Stdout)
	fmt.Println("\nGROWTH")
	growth(os.Stdout)
	if missed+wrong > 0 {
		fmt.Printf("\n%d budgets missed, %d wrong answers\n", missed, wrong)
		os.Exit(1)
	}
}

// noise is how far under its budget a median ratio may be before the command
// fails: more than half of the passes are then further off than this.
const noise = 0.85

// speed prints the rows and counts the budgets missed.
func speed(out io.Writer) (missed int) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "work\tours ns\tallocs\tB\tfastest peer\tratio\tbudget\tis\tverdict\tthe others, ns (allocs)")
	for _, r := range rows() {
		if !r.print(w) {
			missed++
		}
	}
	w.Flush()
	return missed
}

// print measures the row and prints its line. It reports whether the budget
// is kept, missed by no more than noise, or missed as the README says. Verdicts
// in capitals are the others.
func (r row) print(w io.Writer) bool {
	cs := r.among()
	if r.added {
		cs = append(cs, contender{name: "nothing", op: serve(nothing, request(http.MethodPost, nil))})
	}
	results := measure(cs)
	if r.added {
		base := results[len(results)-1]
		results = results[:len(results)-1]
		for i := range results {
			results[i] = less(results[i], base)
		}
	}
	if results[0].name != ours {
		results = append([]result{{name: ours, ns: make([]float64, passes)}}, results...)
	}
	mine, peers := results[0], results[1:]
	slices.SortFunc(peers, func(a, b result) int { return cmp.Compare(median(a.ns), median(b.ns)) })
	fastest, against, all := peers[0], peers[0], ""
	if i := slices.IndexFunc(peers, func(p result) bool {
		return p.name == r.against || r.against == "" && p.answer == r.right && !strings.HasSuffix(p.name, "*")
	}); i >= 0 {
		against = peers[i]
	}
	for _, p := range peers[1:] {
		all += fmt.Sprintf("%s%s %.0f (%.0f)  ", p.name, r.mark(p), median(p.ns), p.allocs)
	}
	ratio := times(mine, against)
	verdict := "kept"
	switch {
	case mine.answer != r.right:
		verdict = "WRONG"
	case r.over(mine.allocs, mine.bytes):
		verdict = "ALLOCATES"
	case ratio >= r.times:
	case ratio >= r.times*noise:
		verdict = "~"
	case r.reached > 0 && ratio >= r.reached*noise:
		verdict = "missed"
	default:
		verdict = "MISSED"
	}
	fmt.Fprintf(w, "%s\t%.1f\t%.0f\t%.0f\t%s%s %.0f\t%.1f\t%s\t%.1f\t%s\t%s\n",
		r.name, median(mine.ns), mine.allocs, mine.bytes,
		fastest.name, r.mark(fastest), median(fastest.ns), times(mine, fastest),
		r.budget, ratio, verdict, all)
	return strings.ToUpper(verdict) != verdict || verdict == "~"
}

// mark is the mark of a peer that answers wrongly.
func (r row) mark(p result) string {
	if p.answer == r.right {
		return ""
	}
	return " x"
}

// over reports whether a call costs more memory than the budget allows. Half
// an allocation and a few bytes are what it costs that the collector empties
// pools.
func (b budget) over(allocs, bytes float64) bool {
	return b.allocs >= 0 && allocs > float64(b.allocs)+0.5 || b.bytes >= 0 && bytes > float64(b.bytes)+16
}

// String is the budget as the table shows it.
func (b budget) String() string {
	s := "every right peer"
	if b.against != "" {
		s = b.against
	}
	s = fmt.Sprintf("%gx %s", b.times, s)
	if b.allocs >= 0 {
		s += fmt.Sprintf(", %d allocs", b.allocs)
	}
	if b.bytes > 0 {
		s += fmt.Sprintf(", %d B", b.bytes)
	}
	return s
}

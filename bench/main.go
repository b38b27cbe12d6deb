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

// print measures the row and prints its line. It reports whether all is well.
func (r row) print(w io.Writer) bool {
	results := r.measure()
	mine, peers := results[0], results[1:]
	slices.SortFunc(peers, func(a, b result) int { return cmp.Compare(median(a.ns), median(b.ns)) })
	fastest, others := peers[0], ""
	for _, p := range peers[1:] {
		others += fmt.Sprintf("%s%s %.0f (%.0f)  ", p.name, r.mark(p), median(p.ns), p.allocs)
	}
	ratio := times(mine, peers[max(0, slices.IndexFunc(peers, r.counts))])
	verdict, well := r.verdict(mine, ratio)
	fmt.Fprintf(w, "%s\t%.1f\t%.0f\t%.0f\t%s%s %.0f\t%.1f\t%s\t%.1f\t%s\t%s\n",
		r.name, median(mine.ns), mine.allocs, mine.bytes,
		fastest.name, r.mark(fastest), median(fastest.ns), times(mine, fastest),
		r.budget, ratio, verdict, others)
	return well
}

// measure has our result first.
func (r row) measure() []result {
	if !r.added {
		return measure(r.among())
	}
	results := measure(append(r.among(), contender{"nothing", serve(nothing, request(http.MethodPost, nil))}))
	last := len(results) - 1
	for i := range results[:last] {
		results[i] = less(results[i], results[last])
	}
	return results[:last]
}

// counts reports whether the budget is held against the peer. Of those that
// count, the fastest does.
func (r row) counts(p result) bool {
	if r.against != "" {
		return p.name == r.against
	}
	return p.answer == r.right && !strings.HasSuffix(p.name, "*")
}

// verdict reports as well whether the budget is kept, or missed by no more than
// noise.
func (r row) verdict(mine result, ratio float64) (word string, well bool) {
	switch {
	case mine.answer != r.right:
		return "WRONG", false
	case r.over(mine.allocs, mine.bytes):
		return "ALLOCATES", false
	case ratio >= r.times:
		return "kept", true
	case ratio >= r.times*noise:
		return "~", true
	default:
		return "missed", false
	}
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

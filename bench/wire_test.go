package main

import (
	"slices"
	"testing"
)

// Each service of each row runs in a process of its own, responds to the client, and
// tells what it has used.
func TestWire(t *testing.T) {
	for _, r := range wireRows() {
		t.Run(r.name, func(t *testing.T) {
			results, err := r.measure(1, "")
			if err != nil {
				t.Fatal(err)
			}
			if len(results) != len(r.with)+2 || results[0].name != bare.name || results[1].name != ours {
				t.Errorf("%d contenders for %q", len(results), r.with)
			}
			for _, one := range results {
				if len(one.ns) != 1 || one.ns[0] <= 0 {
					t.Errorf("%s: %v", one.name, one.ns)
				}
			}
		})
	}
}

func TestWireVerdict(t *testing.T) {
	// Of ten passes, so many are over and the others are under the figure.
	passes := func(figure float64, over int) (ns []float64) {
		for i := range 10 {
			if i < over {
				ns = append(ns, figure*1.01)
			} else {
				ns = append(ns, figure*0.99)
			}
		}
		return ns
	}
	steady := slices.Repeat([]float64{100}, 10)
	edge := wireRow{kind: "edge", with: []string{"least", "hlog", "fiber"}, wireBudget: wireBudget{least: 1.05, ahead: true}}
	chain := wireRow{kind: "chain", with: []string{"assembled", "gin"}, wireBudget: wireBudget{times: 1.25, ahead: true}}
	for _, row := range []struct {
		name   string
		row    wireRow
		mine   []float64
		others []float64 // beside net/http's 100
		wrong  string
		word   string
		well   bool
	}{
		{"below all", chain, passes(110, 0), []float64{120, 130}, "", "kept", true},
		{"over times net/http", chain, passes(125, 10), []float64{140, 140}, "", "missed: net/http", false},
		{"over it in seven of ten passes", chain, passes(125, 7), []float64{140, 140}, "", "missed: net/http", false},
		{"over it in six of ten passes", chain, passes(125, 6), []float64{140, 140}, "", "~ net/http", true},
		{"over it and behind a peer in six of ten passes", chain, passes(125, 6), []float64{125, 140}, "", "~ net/http", true},
		{"over it in six of ten passes and behind a peer", chain, passes(125, 6), []float64{115, 140}, "", "missed: assembled", false},
		{"behind a peer", chain, passes(120, 10), []float64{130, 115}, "", "missed: gin", false},
		{"behind a peer that is wrong", chain, passes(120, 10), []float64{130, 115}, "gin", "kept", true},
		{"wrong itself", chain, passes(110, 0), []float64{120, 130}, ours, "WRONG: 500", false},
		{"within the floor", edge, passes(109, 10), []float64{106, 115, 70}, "", "kept", true},
		{"over the floor", edge, passes(112, 10), []float64{106, 115, 70}, "", "missed: least", false},
		{"behind another edge", edge, passes(109, 10), []float64{106, 108, 70}, "", "missed: hlog", false},
	} {
		results := []result{{name: bare.name, ns: steady}, {name: ours, ns: row.mine}}
		for i, other := range row.others {
			results = append(results, result{name: row.row.with[i], ns: slices.Repeat([]float64{other}, 10)})
		}
		wrong := map[string]string{}
		if row.wrong != "" {
			wrong[row.wrong] = "500"
		}
		word, well := row.row.verdict(results, wrong)
		if word != row.word || well != row.well {
			t.Errorf("%s: %q, %t, not %q, %t", row.name, word, well, row.word, row.well)
		}
	}
}

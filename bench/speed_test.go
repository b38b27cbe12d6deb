package main

import (
	"slices"
	"testing"
)

func TestSpeedVerdict(t *testing.T) {
	r := row{right: "200", budget: budget{"", 1.2, 0, 0}}
	ns := func(figure float64) []float64 { return slices.Repeat([]float64{figure}, 10) }
	peers := []result{
		{name: "quick and wrong", response: "500", ns: ns(50)},
		{name: "a part*", response: "200", ns: ns(60)},
		{name: "right", response: "200", ns: ns(120)},
		{name: "slow", response: "200", ns: ns(200)},
	}
	for _, row := range []struct {
		name string
		mine result
		word string
		well bool
	}{
		{"fast enough", result{response: "200", ns: ns(99)}, "kept", true},
		{"too slow", result{response: "200", ns: ns(101)}, "missed", false},
		{"too slow in six of ten passes", result{response: "200", ns: append(ns(101)[:6], ns(99)[:4]...)}, "~", true},
		{"wrong", result{response: "304", ns: ns(10)}, "WRONG", false},
		{"an allocation", result{response: "200", ns: ns(10), allocs: 1}, "ALLOCATES", false},
	} {
		if word, well := r.verdict(row.mine, peers); word != row.word || well != row.well {
			t.Errorf("%s: %q, %t, not %q, %t", row.name, word, well, row.word, row.well)
		}
	}
}

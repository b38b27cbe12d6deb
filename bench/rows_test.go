package main

import "testing"

// For profiles: go test -bench 'Rows/whole_chain,_200/ours' -cpuprofile cpu.pprof
func BenchmarkRows(b *testing.B) {
	for _, r := range rows() {
		b.Run(r.name, func(b *testing.B) {
			for _, c := range r.among() {
				b.Run(c.name, func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						c.op()
					}
				})
			}
		})
	}
}

package mediatype_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/internal/mediatype"
	"github.com/apiconventions/apiconventions/internal/servertest"
)

// hostile are fields of 1 MiB, about as long as a server admits.
var hostile = []string{
	strings.Repeat(",", 1<<20),
	strings.Repeat(";", 1<<20),
	strings.Repeat(`"`, 1<<20),
	strings.Repeat(`\`, 1<<20),
	strings.Repeat(" ", 1<<20),
	strings.Repeat("\x00", 1<<20),
	strings.Repeat("\u212a", 1<<20/3),
	strings.Repeat("a", 1<<20),
	strings.Repeat("*", 1<<20),
	strings.Repeat("/", 1<<20),
	strings.Repeat("*,", 1<<19),
	strings.Repeat("*;", 1<<19),
	strings.Repeat("a/b,", 1<<18),
	strings.Repeat(`",`, 1<<19),
	strings.Repeat(`";`, 1<<19),
	strings.Repeat("application/json;v=1,", 1<<20/21),
	strings.Repeat("application/json;q=x,", 1<<20/21),
	"application/json" + strings.Repeat(" ", 1<<20) + "x",
	"application/json" + strings.Repeat(";q", 1<<19),
	"application/json" + strings.Repeat(" ;", 1<<19),
	"application/json" + strings.Repeat(`;"`, 1<<19),
	"application/json;v=\"" + strings.Repeat(`\"`, 1<<19),
	"application/json;v=\"" + strings.Repeat(`\"`, 1<<19) + `"`,
	"application/json;q=0." + strings.Repeat("9", 1<<20),
	"application/json;q=0." + strings.Repeat("0", 1<<20),
	"application/json;q=" + strings.Repeat("9", 1<<20),
	"application/json" + strings.Repeat(";v=1", 1<<18),
	"application/json" + strings.Repeat(";v=2", 1<<18),
	"application/json" + strings.Repeat(";q=1", 1<<18),
	"application/json" + strings.Repeat(";", 1<<20),
	"multipart/mixed" + strings.Repeat(";boundary=a", 1<<20/11),
	"multipart/mixed;boundary=" + strings.Repeat("a", 1<<20),
	"multipart/mixed;boundary=\"" + strings.Repeat(`\a`, 1<<19) + `"`,
	"multipart/mixed;" + strings.Repeat("a", 1<<20) + "=1;boundary=a",
}

// readType reads a Content-Type field as a route does.
func readType(pattern *mediatype.Pattern, s string) bool {
	m, ok := mediatype.Parse(s)
	return ok && pattern.Match(m) && m.HasBoundary()
}

// What a client sends costs no memory.
func TestReadingAllocatesNothing(t *testing.T) {
	if servertest.Race {
		t.Skip("the race detector allocates")
	}
	accepts := append([]string{"", "application/json", "application/json;v=2", "*/*", rfcExample, chrome}, hostile...)
	for _, n := range []int{2, 16, 17} {
		most := 0.0
		if n > 16 {
			most = 1
		}
		offers := manyOffers(n)
		for _, accept := range accepts {
			lines := []string{"image/png", accept}
			if got := testing.AllocsPerRun(1, func() { mediatype.Choose(lines, offers) }); got > most {
				t.Errorf("%d offers, %.40q (%d bytes): %g allocations", n, accept, len(accept), got)
			}
		}
	}
	ps := patterns(t, "application/json;v=1", "multipart/*")
	for _, s := range accepts {
		if got := testing.AllocsPerRun(1, func() { readType(&ps[0], s); readType(&ps[1], s) }); got > 0 {
			t.Errorf("Content-Type %.40q (%d bytes): %g allocations", s, len(s), got)
		}
	}
}

func perByte(b *testing.B, length int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(length), "ns/byte")
}

func BenchmarkChoose(b *testing.B) {
	inputs := []struct{ name, accept string }{
		{"first offer", "application/json"},
		{"anything", "*/*"},
		{"one range", "text/html;q=0.9"},
		{"Chrome", chrome},
		{"400 ranges", strings.Repeat("a/000;q=1,", 399) + "*/*;q=0.1"},
		{"100,000 ranges", strings.Repeat("a/000;q=1,", 99_999) + "*/*;q=0.1"},
	}
	for _, in := range inputs {
		b.Run(in.name, func(b *testing.B) {
			accept, offers := []string{in.accept}, []string{"application/json", "text/html"}
			b.ReportAllocs()
			for b.Loop() {
				mediatype.Choose(accept, offers)
			}
			perByte(b, len(in.accept))
		})
	}
}

func BenchmarkContentType(b *testing.B) {
	for _, s := range []string{"application/json", "application/json; charset=utf-8", `multipart/form-data; boundary="a b"`} {
		b.Run(s, func(b *testing.B) {
			name, _, _ := strings.Cut(s, ";")
			p, _ := mediatype.ParsePattern(name)
			b.ReportAllocs()
			for b.Loop() {
				readType(&p, s)
			}
		})
	}
}

func BenchmarkHostile(b *testing.B) {
	multipart, _ := mediatype.ParsePattern("multipart/*")
	for i, s := range hostile {
		for _, n := range []int{2, 16} {
			b.Run(fmt.Sprintf("Accept, %d offers/%d/%.20q", n, i, s), func(b *testing.B) {
				accept, offers := []string{s}, manyOffers(n)
				for b.Loop() {
					mediatype.Choose(accept, offers)
				}
				perByte(b, len(s))
			})
		}
		b.Run(fmt.Sprintf("Content-Type/%d/%.20q", i, s), func(b *testing.B) {
			for b.Loop() {
				readType(&multipart, s)
			}
			perByte(b, len(s))
		})
	}
}

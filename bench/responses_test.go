package main

import (
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/wrong.txt anew")

// Our responses are right; each wrong response of a peer is on record, and a
// record that is no longer true is reported: the peer has mended itself, or
// has got worse.
func TestResponses(t *testing.T) {
	wrong := map[string]string{}
	for _, q := range questions() {
		asked := false
		for _, r := range q.ask() {
			asked = asked || r.name == ours
			if slices.Contains(q.right, r.response) {
				continue
			}
			if r.name == ours {
				t.Errorf("%s, %s: ours responds %q, right (%s) is %q", q.subject, q.name, r.response, q.section, q.right)
				continue
			}
			wrong[q.subject+" | "+q.name+" | "+r.name] = r.response
		}
		if !asked {
			t.Errorf("%s, %s: ours is not asked", q.subject, q.name)
		}
	}

	if *update {
		var b strings.Builder
		for _, key := range slices.Sorted(maps.Keys(wrong)) {
			b.WriteString(key + " | " + wrong[key] + "\n")
		}
		if err := os.WriteFile("testdata/wrong.txt", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}

	record, err := os.ReadFile("testdata/wrong.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(record)) {
		line = strings.TrimSuffix(line, "\n")
		at := strings.LastIndex(line, " | ")
		key, response := line[:at], line[at+3:]
		switch now, still := wrong[key]; {
		case !still:
			t.Errorf("%s: no longer wrong, as %q was. Strike the record: go test -update", key, response)
		case now != response:
			t.Errorf("%s: wrong in another way: %q, on record is %q", key, now, response)
		}
		delete(wrong, key)
	}
	for key, response := range wrong {
		t.Errorf("%s: responds %q, which is wrong and not on record", key, response)
	}
}

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-serve" { // a process that a test has started
		main()
		return
	}
	remove, err := makeContent()
	if err != nil {
		panic(err)
	}
	code := m.Run()
	remove()
	os.Exit(code)
}

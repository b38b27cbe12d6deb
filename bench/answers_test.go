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

// Our answers are right; each wrong answer of a peer is on record, and a
// record that is no longer true is reported: the peer has mended itself, or
// has got worse.
func TestAnswers(t *testing.T) {
	wrong := map[string]string{}
	for _, q := range questions() {
		asked := false
		for _, r := range q.ask() {
			asked = asked || r.name == ours
			if slices.Contains(q.right, r.answer) {
				continue
			}
			if r.name == ours {
				t.Errorf("%s, %s: ours answers %q, right (%s) is %q", q.room, q.name, r.answer, q.section, q.right)
				continue
			}
			wrong[q.room+" | "+q.name+" | "+r.name] = r.answer
		}
		if !asked {
			t.Errorf("%s, %s: ours is not asked", q.room, q.name)
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
		key, answer := line[:at], line[at+3:]
		switch now, still := wrong[key]; {
		case !still:
			t.Errorf("%s: no longer wrong, as %q was. Strike the record: go test -update", key, answer)
		case now != answer:
			t.Errorf("%s: wrong in another way: %q, on record is %q", key, now, answer)
		}
		delete(wrong, key)
	}
	for key, answer := range wrong {
		t.Errorf("%s: answers %q, which is wrong and not on record", key, answer)
	}
}

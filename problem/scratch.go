package problem

import "sync"

// A scratch is what Write needs for a time: room for a document, and lines for
// header fields.
type scratch struct {
	body  []byte
	lines []string // of which the first used ones belong to answers
	used  int
}

const (
	maxPooled   = 16 << 10 // bytes of the largest document whose room is kept
	linesAtOnce = 64       // lines in one allocation, for a dozen answers
)

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// line is value as the lines of a field. They belong to the answer from here on:
// no other one shares them, or gets them later, and they cannot grow into the
// next.
func (s *scratch) line(value string) []string {
	if s.used == len(s.lines) {
		s.lines, s.used = make([]string, linesAtOnce), 0
	}
	s.lines[s.used] = value
	s.used++
	return s.lines[s.used-1 : s.used : s.used]
}

// release gives the room back. The body has been written by now, and no writer
// keeps what it was given (io.Writer).
func (s *scratch) release() {
	if cap(s.body) > maxPooled {
		s.body = nil
	}
	scratches.Put(s)
}

package main

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"strings"
	"sync"
)

// secretLog is where a service logs to. It keeps no line that has no secret in it.
type secretLog struct {
	mu      sync.Mutex
	needles [][]byte
	partial []byte // a line that has not ended
	found   func(line string)
}

// struck is how much of a token may not be in a log.
const struck = 16

// watch adds a secret: its beginning, the beginnings of its segments, and the same percent-encoded and as Basic
// credentials.
func (l *secretLog) watch(secret string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, part := range append(strings.Split(secret, "."), secret) {
		if len(part) < 8 {
			continue
		}
		part = part[:min(len(part), struck)]
		for _, form := range []string{part, url.QueryEscape(part), base64.StdEncoding.EncodeToString([]byte(part))[:len(part)/3*4]} {
			l.needles = append(l.needles, []byte(form))
		}
	}
}

// Write looks for secrets in whole lines.
func (l *secretLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rest := p
	for {
		line, after, ended := bytes.Cut(rest, []byte{'\n'})
		if !ended {
			l.partial = append(l.partial, line...)
			return len(p), nil
		}
		if len(l.partial) > 0 {
			line = append(l.partial, line...)
			l.partial = nil
		}
		l.look(line)
		rest = after
	}
}

func (l *secretLog) look(line []byte) {
	for _, n := range l.needles {
		if bytes.Contains(line, n) {
			l.found(string(line[:min(len(line), 600)]))
			return
		}
	}
}

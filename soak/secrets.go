package main

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"strings"
	"sync"
)

// secretLog is where a service logs to, line by line. It keeps no line that has no secret in it.
type secretLog struct {
	mu      sync.Mutex
	needles [][]byte
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

// Write looks for secrets in a line of the log.
func (l *secretLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range l.needles {
		if bytes.Contains(line, n) {
			l.found(string(line[:min(len(line), 600)]))
			break
		}
	}
	return len(line), nil
}

// lines calls line with each whole line that is written to it.
type lines struct {
	line    func([]byte)
	partial []byte
}

func (l *lines) Write(p []byte) (int, error) {
	l.partial = append(l.partial, p...)
	for {
		line, rest, ended := bytes.Cut(l.partial, []byte{'\n'})
		if !ended {
			return len(p), nil
		}
		l.line(line)
		l.partial = rest
	}
}

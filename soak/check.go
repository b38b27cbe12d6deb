package main

import (
	"bytes"
	"encoding/json"
	"hash/maphash"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// check looks at everything that a response must not be.
func (t *target) check(e *exchange, r *response) {
	t.requests.Add(1)
	if e.hostile {
		t.hostiles.Add(1)
	}
	if r.status == 0 || r.err != nil {
		if !e.aborts {
			t.add(noResponse, "%v → %v", e, r)
		}
		if r.status == 0 {
			return
		}
	}
	t.checkBytes(e, r)
	if !slices.Contains(e.want, r.status) {
		t.add(wrongStatus, "want %v: %v → %v", e.want, e, r)
		return
	}
	switch {
	case r.err != nil:
		return
	case r.status >= 400:
		t.checkDocument(e, r)
	case r.status == http.StatusNotModified:
		t.checkNotModified(e, r)
	case r.status < 300 && e.listed != nil:
		t.checkList(e, r)
	case r.status < 300 && e.item != nil:
		t.checkItem(e, r)
	}
	if e.guarded {
		t.checkCaching(e, r)
	}
	if e.done != nil {
		e.done(r)
	}
}

// whole returns header and body as one text.
func (r *response) whole() []byte {
	var b bytes.Buffer
	r.header.Write(&b)
	b.Write(r.body)
	return b.Bytes()
}

// checkBytes looks for bytes that do not belong to whom the request acts for, or that it has brought itself.
func (t *target) checkBytes(e *exchange, r *response) {
	text := r.whole()
	allowed := e.owner
	if r.status >= 400 {
		allowed = nil
	}
	if o := t.world.foreign(text, allowed); o != nil {
		t.add(foreignBytes, "bytes of %s: %v → %v", o.id, e, r)
	}
	if e.canary != "" && r.status >= 400 && bytes.Contains(text, []byte(e.canary)) {
		t.add(echoed, "%v → %v", e, r)
	}
	if bytes.Contains(text, []byte(t.world.stamp)) {
		t.add(echoed, "the token: %v → %v", e, r)
	}
}

// document is a problem document (RFC 9457), or an error of RFC 6749 §5.2.
type document struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	RequestID string `json:"requestId"`
	Error     string `json:"error"`
}

func (t *target) checkDocument(e *exchange, r *response) {
	wrong := func(why string) { t.add(noDocument, "%s: %v → %v", why, e, r) }
	mediaType, _, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	want := "application/problem+json"
	if e.oauth && r.status < 500 {
		want = jsonType
	}
	if mediaType != want {
		wrong("Content-Type")
		return
	}
	if r.header.Get("Cache-Control") != "no-store" {
		t.add(unsafeCache, "an error that is not no-store: %v → %v", e, r)
	}
	if r.header.Get("X-Request-Id") == "" {
		wrong("no X-Request-Id")
	}
	if e.method == http.MethodHead {
		if len(r.body) > 0 {
			wrong("a body on HEAD")
		}
		return
	}
	if length := r.header.Get("Content-Length"); length != "" && length != strconv.Itoa(len(r.body)) {
		wrong("Content-Length")
	}
	var d document
	switch err := json.Unmarshal(r.body, &d); {
	case err != nil:
		wrong("JSON")
	case d.Type == "", d.Title == "", d.Status != r.status:
		wrong("members")
	case d.RequestID != r.header.Get("X-Request-Id"):
		wrong("requestId")
	case e.oauth && r.status < 500 && d.Error == "":
		wrong("error")
	}
}

// checkNotModified makes sure that a 304 confirms what the client has of this very tenant, thing and type, and
// that nobody's acknowledged write is missing there (RFC 9110 §13.1.2, §15.4.5).
func (t *target) checkNotModified(e *exchange, r *response) {
	if len(r.body) > 0 {
		t.add(falseNotMod, "with a body: %v → %v", e, r)
	}
	if e.star {
		return
	}
	tag := r.header.Get("Etag")
	for _, v := range e.sent {
		if v.key == e.key() && opaque(v.tag) == opaque(tag) && tag != "" {
			if behind(v.counts, e.before) {
				t.add(falseNotMod, "%v, acknowledged were %v: %v → %v", v.counts, e.before, e, r)
			}
			return
		}
	}
	t.add(falseNotMod, "not for any tag of this representation: %v → %v", e, r)
}

func opaque(tag string) string { return strings.TrimPrefix(tag, "W/") }

// key says whose representation is read, of what, as which type.
func (e *exchange) key() string {
	if e.item != nil {
		return e.item.path + " " + e.item.owner.id + " " + e.as
	}
	if e.listed != nil {
		return "list " + e.listed.id
	}
	return ""
}

var seed = maphash.MakeSeed()

// seen is what the client now has.
func (t *target) seen(e *exchange, r *response, counts []int64) version {
	v := version{e.key(), r.header.Get("Etag"), maphash.Bytes(seed, r.body) | 1, counts}
	if e.method == http.MethodHead {
		v.sum = 0
	}
	for _, sent := range e.sent {
		if sent.key == v.key && sent.tag == v.tag && v.tag != "" && r.status == http.StatusOK {
			t.add(missedNotMod, "%v → %v", e, r)
		}
	}
	return v
}

func (t *target) checkItem(e *exchange, r *response) {
	it := e.item
	if r.header.Get("Etag") == "" {
		t.add(wrongBytes, "no ETag: %v → %v", e, r)
		return
	}
	if e.as == octets {
		t.checkContent(e, r)
		return
	}
	if e.method == http.MethodHead {
		return
	}
	var m metadata
	if err := json.Unmarshal(r.body, &m); err != nil {
		t.add(wrongBytes, "%v: %v → %v", err, e, r)
		return
	}
	index, n, ok := count(m.Name)
	if !ok || index != it.index || m.Size != len(it.content) || m.ID != it.id() {
		t.add(wrongBytes, "want item %d: %v → %v", it.index, e, r)
		return
	}
	if behind([]int64{n}, e.before) {
		t.add(staleRead, "count %d, acknowledged was %v: %v → %v", n, e.before, e, r)
	}
	v := t.seen(e, r, []int64{n})
	if e.method != http.MethodGet {
		v.sum = 0
	}
	if it.put(jsonType, v) {
		t.add(oneTagTwo, "%v → %v", e, r)
	}
}

func (t *target) checkContent(e *exchange, r *response) {
	want := e.item.content
	if r.status == http.StatusPartialContent {
		want = want[e.range0:e.range1]
	}
	length, _ := strconv.Atoi(r.header.Get("Content-Length"))
	if e.method == http.MethodHead && length == len(want) {
		return
	}
	if !bytes.Equal(r.body, want) {
		t.add(wrongBytes, "%d bytes, want %d: %v → %v", len(r.body), len(want), e, r)
		return
	}
	if r.status == http.StatusOK && e.item.put(octets, t.seen(e, r, nil)) {
		t.add(oneTagTwo, "%v → %v", e, r)
	}
}

func (t *target) checkList(e *exchange, r *response) {
	if e.method == http.MethodHead {
		return
	}
	var l list
	if err := json.Unmarshal(r.body, &l); err != nil {
		t.add(wrongBytes, "%v: %v → %v", err, e, r)
		return
	}
	counts := make([]int64, len(e.listed.items))
	for _, entry := range l.Data {
		if index, n, ok := count(entry.FileName); ok && index < len(counts) {
			counts[index] = n
		}
	}
	if len(l.Data) != len(counts) || slices.Contains(counts, 0) {
		t.add(wrongBytes, "want %d items: %v → %v", len(counts), e, r)
		return
	}
	if behind(counts, e.before) {
		t.add(staleRead, "counts %v, acknowledged were %v: %v → %v", counts, e.before, e, r)
	}
	v := t.seen(e, r, counts)
	e.listed.mu.Lock()
	clash := e.listed.list.put(v)
	e.listed.mu.Unlock()
	if clash {
		t.add(oneTagTwo, "%v → %v", e, r)
	}
}

// checkCaching makes sure that no cache gives the response to somebody else.
func (t *target) checkCaching(e *exchange, r *response) {
	vary := strings.ToLower(strings.Join(r.header.Values("Vary"), ","))
	if r.status != http.StatusUnauthorized && !strings.Contains(vary, strings.ToLower(tenantField)) && r.status < 400 ||
		!strings.Contains(vary, "authorization") {
		t.add(unsafeCache, "Vary: %v → %v", e, r)
	}
	if r.status < 400 && r.header.Get("Cache-Control") != "private, no-cache" {
		t.add(unsafeCache, "Cache-Control: %v → %v", e, r)
	}
}

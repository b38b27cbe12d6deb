package conformance_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apiconventions/apiconventions/conformance"
)

// model is a service that keeps every convention, made by hand from the standard
// library: the kit must not depend on how the rest of this module keeps them.
// With a fault, which is the name of a check, it breaks that rule in one place.
type model struct {
	fault  string
	public bool // records are the same for all who name the tenant

	mu      sync.Mutex
	records map[string]*record // by tenant and id
	changes map[string]*change // by Idempotency-Key
	last    int                // id
	seen    int                // requests, for faults that differ from time to time
	ids     atomic.Int64
}

type record struct {
	Name    string
	version int
	changed time.Time
}

// change is what is kept of a change that came with a key.
type change struct {
	fingerprint [32]byte
	tag         string
	location    string
}

func newModel(fault string) *model {
	m := &model{fault: fault, records: map[string]*record{}, changes: map[string]*change{}, last: 100}
	for _, id := range []string{"a/1", "a/2", "b/9"} {
		m.records[id] = &record{Name: "Ada", version: 1, changed: time.Now()}
	}
	return m
}

func (m *model) is(fault string) bool { return m.fault == fault }

// The media types of a record, and what the model takes.
const (
	jsonType    = "application/json"
	csvType     = "text/csv"
	mergeType   = "application/merge-patch+json"
	relatedType = "multipart/related"
	queryType   = "application/sql"
	limit       = 64 << 10
)

// service describes the model.
func (m *model) service() conformance.Service {
	content := `{"name":"Ada {n}"}`
	return conformance.Service{
		Handler: m,
		Tokens:  conformance.Tokens{Single: "single-token", Multi: "multi-token", Unscoped: "reader-token"},
		Tenant:  "a", OtherTenant: "b", Origin: "https://app.example",
		Token: &conformance.Request{Path: "/token", Type: "application/x-www-form-urlencoded", Content: "client=c&secret=s"},
		Resources: []conformance.Resource{{
			Name: "record", Path: "/records/1", Missing: "/records/8", Foreign: "/records/9", Moved: "/old/1",
			Types: []string{jsonType, csvType}, Ranges: true,
			Change: &conformance.Request{Type: jsonType, Content: content, Conditional: true, Repeatable: true, Limit: limit},
			Create: &conformance.Request{Path: "/records", Type: relatedType + "; boundary=b", Async: true, Removable: true, Repeatable: true,
				Content: "--b\r\nContent-Type: application/json\r\n\r\n" + content + "\r\n--b--\r\n"},
			Query: &conformance.Request{Type: queryType, Content: "select name"},
		}},
	}
}

// A visit is one request on its way through the layers.
type visit struct {
	*model
	r       *http.Request
	h       http.Header
	status  int
	body    []byte
	vary    []string
	tenant  string
	accept  string
	content []byte
	none    bool // the method has no content
	late    bool // the key was not there when it was looked for
}

func (m *model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := &visit{model: m, r: r, h: w.Header()}
	m.mu.Lock()
	m.seen++
	m.mu.Unlock()
	v.identify()
	if !v.preflight() {
		v.serve()
	}
	v.complete()
	if v.hijacked(w) {
		return
	}
	if !m.is("upload/refusal-reaches-a-stalled-client") {
		_ = http.NewResponseController(w).EnableFullDuplex()
		if v.status >= 400 {
			defer v.linger(w)
		}
	}
	w.WriteHeader(v.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(v.body)
	}
}

// linger reads what a refused client is still sending, so that it sees why.
func (v *visit) linger(w http.ResponseWriter) {
	if v.r.Header.Get("Expect") == "" && v.r.ProtoMajor == 1 {
		rc := http.NewResponseController(w)
		_ = rc.Flush()
		_ = rc.SetReadDeadline(time.Now().Add(5 * time.Second))
		_, _ = io.CopyN(io.Discard, v.r.Body, 32<<20)
	}
}

// preflight is CORS, outside everything that refuses.
func (v *visit) preflight() bool {
	asked := v.r.Method == "OPTIONS" && v.r.Header.Get("Access-Control-Request-Method") != ""
	if v.r.Header.Get("Origin") != "https://app.example" || asked && v.is("cors/preflight-needs-no-token") {
		return false
	}
	if v.is("cors/errors-can-be-read") && !asked && v.r.Header.Get("Authorization") == "" {
		return false
	}
	v.h.Set("Access-Control-Allow-Origin", "https://app.example")
	v.vary = append(v.vary, "Origin")
	if asked {
		v.h.Set("Access-Control-Allow-Methods", "PUT, PATCH, DELETE")
		v.h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, If-None-Match, X-Raet-Tenant-Id")
		v.status = http.StatusNoContent
		return true
	}
	exposed := "ETag, Location, X-Request-Id"
	if v.is("cors/exposed-fields") {
		exposed = "Location"
	}
	v.h.Set("Access-Control-Expose-Headers", exposed)
	return false
}

func (v *visit) identify() {
	ids := v.r.Header.Values("X-Request-Id")
	id := ""
	if len(ids) == 1 && len(ids[0]) > 0 && len(ids[0]) <= 128 && !strings.ContainsFunc(ids[0], func(c rune) bool { return c <= ' ' || c > '~' }) {
		id = ids[0]
	}
	if v.is("request-id/not-any") && len(ids) == 1 {
		id = ids[0]
	}
	if id == "" || v.is("request-id/echoed") {
		id = fmt.Sprintf("model-%08d", v.ids.Add(1))
		if v.is("request-id/one-for-each") {
			id = "model-0"
		}
	}
	v.h.Set("X-Request-Id", id)
}

// serve is the chain.
func (v *visit) serve() {
	path := v.r.URL.Path
	if strings.HasPrefix(path, "/records") && !(v.is("read/deprecated") && v.r.Header.Get("If-None-Match") != "") {
		v.h.Set("Deprecation", "@1735689600")
		v.h.Set("Sunset", "Thu, 31 Dec 2099 00:00:00 GMT")
	}
	id, ok := strings.CutPrefix(path, "/records/")
	switch {
	case path == "/token":
		v.token()
		return
	case strings.HasPrefix(path, "/problems/") && !(v.is("errors/types-have-pages") && strings.HasSuffix(path, "/record-changed")):
		v.status, v.body = http.StatusOK, []byte("<!doctype html><title>A problem</title>")
		v.h.Set("Content-Type", "text/html")
		return
	case path == "/old/1":
		status := http.StatusPermanentRedirect
		if v.is("read/moved") {
			status = http.StatusMovedPermanently
		}
		v.status = status
		v.h.Set("Location", "/records/1")
		return
	case path == "/records" && v.allowed("POST"), ok && v.allowed("GET", "HEAD", "PUT", "PATCH", "DELETE", "QUERY"):
	case v.status != 0:
		return
	case v.is("errors/unknown-route"):
		v.status, v.body = http.StatusOK, []byte("welcome")
		return
	default:
		v.notFound()
		if v.is("errors/404-is-one-document") {
			v.problem(http.StatusNotFound, "about:blank", "There is no such route.")
		}
		return
	}
	v.order()(id)
}

// order is the order of the layers. Some faults change it.
func (v *visit) order() func(id string) {
	stranger := v.r.Header.Get("Authorization") == ""
	switch {
	case v.is("order/401-first") && v.read() && stranger && v.r.Header.Get("Accept") == noneAccept,
		v.is("order/types-before-conditions") && v.read() && v.r.Header.Get("Accept") == noneAccept && v.r.Header.Get("If-None-Match") == "*":
		return func(string) { v.status = http.StatusNotModified }
	case v.is("order/401-before-a-change") && !v.read() && stranger && v.r.Header.Get("If-None-Match") == "*":
		return func(string) { v.problem(http.StatusPreconditionFailed, "precondition-failed", "Failed.") }
	case v.is("order/tenant-before-the-resource") && v.read() && v.r.Header.Get("Range") != "" && v.r.Header.Get("X-Raet-Tenant-Id") == "b":
		return func(string) { v.problem(http.StatusRequestedRangeNotSatisfiable, "about:blank", "No range.") }
	}
	return func(id string) {
		if v.authenticate() && v.chooseTenant() && v.scope() && v.types() && v.negotiate() && v.receive() {
			v.locked(id)
		}
	}
}

const noneAccept = "application/x-conformance"

func (v *visit) read() bool { return v.r.Method == "GET" || v.r.Method == "HEAD" }

func (v *visit) safe() bool { return v.read() || v.r.Method == "QUERY" }

// field returns the value of a request field over all its lines.
func (v *visit) field(name string) string {
	return strings.Join(v.r.Header.Values(name), ",")
}

func (v *visit) allowed(methods ...string) bool {
	if slices.Contains(methods, v.r.Method) {
		return true
	}
	if !v.is("errors/405-with-allow") {
		v.h.Set("Allow", strings.Join(methods, ", "))
	}
	v.problem(http.StatusMethodNotAllowed, "about:blank", "The method is not allowed.")
	return false
}

// problem writes an error.
func (v *visit) problem(status int, slug, detail string, more ...any) {
	for _, name := range []string{"ETag", "Last-Modified", "Accept-Ranges"} {
		if !v.is("errors/no-fields-of-a-success") {
			v.h.Del(name)
		}
	}
	typ := slug
	if slug != "about:blank" {
		typ = "/problems/" + slug
	}
	document := map[string]any{"type": typ, "title": http.StatusText(status), "status": status, "detail": detail, "requestId": v.h.Get("X-Request-Id")}
	for i := 0; i < len(more); i += 2 {
		document[more[i].(string)] = more[i+1]
	}
	if v.is("errors/detail") && status == http.StatusNotAcceptable {
		delete(document, "detail")
	}
	if v.is("errors/problem-documents") && status == http.StatusMethodNotAllowed {
		document["status"] = "405"
	}
	if v.is("errors/no-echo") && status == http.StatusNotAcceptable {
		document["detail"] = "None of these is there: " + v.field("Accept")
	}
	if v.is("errors/no-cause") && slug == "invalid-request" && v.r.Method == "PUT" {
		document["detail"] = "json: cannot unmarshal array into Go value"
	}
	v.status = status
	v.body, _ = json.Marshal(document)
	v.h.Set("Content-Type", "application/problem+json")
	v.h.Set("Cache-Control", "no-store")
	if v.is("caching/errors-are-no-store") && status == http.StatusNotAcceptable {
		v.h.Del("Cache-Control")
	}
}

func (v *visit) notFound() {
	v.problem(http.StatusNotFound, "about:blank", "There is nothing here.")
}

func (v *visit) authenticate() bool {
	v.vary = append(v.vary, "Authorization")
	lines := v.r.Header.Values("Authorization")
	token := ""
	if len(lines) > 0 {
		token = strings.TrimPrefix(lines[0], "Bearer ")
	}
	if v.is("hostile/fields-twice") && len(lines) > 1 && token == "single-token" {
		lines = lines[:1]
	}
	known := token == "single-token" || token == "multi-token" || token == "reader-token"
	challenge, status := `Bearer realm="model"`, http.StatusUnauthorized
	switch {
	case len(lines) == 1 && strings.HasPrefix(lines[0], "Bearer ") && known:
		return true
	case len(lines) > 1, len(lines) == 1 && (token == lines[0] || strings.ContainsAny(token, " ,")):
		status, challenge = http.StatusBadRequest, challenge+`, error="invalid_request"`
		if v.is("order/malformed-credentials") {
			challenge = ""
		}
	case len(lines) == 1:
		challenge += `, error="invalid_token"`
	case v.is("order/401-has-a-challenge"):
		challenge += `, error="invalid_token"`
	}
	v.h.Set("WWW-Authenticate", challenge)
	if v.is("upload/refused-before-the-content") && v.r.Header.Get("Expect") != "" {
		_, _ = v.r.Body.Read(make([]byte, 1))
	}
	if v.is("order/stranger-sees-no-difference") && strings.HasSuffix(v.r.URL.Path, "/1") {
		v.h.Set("X-Version", "1")
	}
	v.problem(status, "about:blank", "This needs a token.")
	return false
}

func (v *visit) chooseTenant() bool {
	v.vary = append(v.vary, "X-Raet-Tenant-Id")
	lines := v.r.Header.Values("X-Raet-Tenant-Id")
	multi := v.r.Header.Get("Authorization") == "Bearer multi-token"
	malformed := len(lines) > 1 || len(lines) == 1 && (lines[0] == "" || len(lines[0]) > 64 || strings.Trim(lines[0], ".") == "" ||
		strings.ContainsFunc(lines[0], func(c rune) bool { return !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '.') }))
	if v.is("tenant/malformed") && len(lines) > 1 && !multi {
		malformed = false
	}
	if len(lines) == 0 && v.is("tenant/required") {
		lines = []string{"a"}
	}
	if len(lines) == 0 && v.is("tenant/only-one-needs-no-header") {
		multi = true
	}
	slug, status := "", http.StatusBadRequest
	switch {
	case malformed:
		slug = "tenant-malformed"
	case len(lines) == 0 && multi:
		slug = "tenant-required"
	case len(lines) == 0:
		v.tenant = "a"
	case lines[0] == "a", multi && lines[0] == "b":
		v.tenant = lines[0]
	default:
		slug, status = "tenant-not-granted", http.StatusForbidden
		if v.is("tenant/not-granted") {
			slug = "forbidden"
		}
		if v.is("tenant/absent-and-not-granted-alike") && lines[0] != "b" {
			slug, status = "about:blank", http.StatusNotFound
		}
	}
	if slug == "" {
		return true
	}
	v.problem(status, slug, "The tenant cannot be this one.")
	if v.is("caching/vary-on-errors") {
		v.vary = nil
	}
	return false
}

func (v *visit) scope() bool {
	if v.safe() || v.r.Header.Get("Authorization") != "Bearer reader-token" {
		return true
	}
	if v.is("order/403-without-the-scope") {
		return true
	}
	v.h.Set("WWW-Authenticate", `Bearer realm="model", error="insufficient_scope"`)
	v.problem(http.StatusForbidden, "about:blank", "This needs another scope.")
	return false
}

// types is the Content-Type layer.
func (v *visit) types() bool {
	takes := map[string]string{"PUT": jsonType, "PATCH": mergeType, "POST": relatedType, "QUERY": queryType}[v.r.Method]
	if v.is("upload/empty-chunked-content") && v.read() && v.r.ContentLength < 0 {
		v.problem(http.StatusUnsupportedMediaType, "unsupported-media-type", "There must be no content.")
		return false
	}
	if takes == "" {
		v.none = true
		return true
	}
	lines := v.r.Header.Values("Content-Type")
	if v.is("negotiation/malformed-type") && len(lines) > 1 {
		lines = lines[:1]
	}
	if v.is("negotiation/415-before-the-handler") && len(lines) == 0 {
		lines = []string{takes}
	}
	if v.is("query/400-without-a-type") && v.r.Method == "QUERY" && len(lines) == 0 {
		lines = []string{takes}
	}
	got, params, err := "", map[string]string(nil), error(nil)
	if len(lines) > 0 {
		got, params, err = mime.ParseMediaType(lines[0])
	}
	coding := strings.ToLower(v.field("Content-Encoding"))
	switch {
	case len(lines) > 1, len(lines) == 1 && err != nil, v.r.Method == "QUERY" && len(lines) == 0:
		v.problem(http.StatusBadRequest, "invalid-request", "There must be one readable Content-Type.")
	case got != takes:
		name := map[string]string{"PATCH": "Accept-Patch", "QUERY": "Accept-Query"}[v.r.Method]
		if !v.is("negotiation/415-says-what-is-taken") && !(v.is("query/415-says-what-is-taken") && v.r.Method == "QUERY") {
			v.h.Set(cmp.Or(name, "Accept"), takes)
		}
		v.problem(http.StatusUnsupportedMediaType, "unsupported-media-type", "The content must be of another type.")
	case takes == relatedType && params["boundary"] == "":
		if v.is("negotiation/multipart-without-a-boundary") {
			return true
		}
		v.problem(http.StatusBadRequest, "invalid-request", "There must be a boundary.")
	case coding != "" && coding != "identity" && !v.is("negotiation/content-coding"):
		v.h.Set("Accept-Encoding", "identity")
		v.problem(http.StatusUnsupportedMediaType, "unsupported-media-type", "The content must not be coded.")
	default:
		return true
	}
	return false
}

// negotiate is the Accept layer.
func (v *visit) negotiate() bool {
	if !v.read() {
		return true
	}
	v.vary = append(v.vary, "Accept")
	lines := v.r.Header.Values("Accept")
	if v.is("negotiation/quality") && len(lines) > 1 {
		lines = lines[:1]
	}
	if len(strings.Trim(strings.Join(lines, ""), ", ")) == 0 {
		lines = []string{"*/*"}
	}
	best, weight := "", 0.0
	for _, offer := range []string{jsonType, csvType} {
		if q := quality(strings.Join(lines, ","), offer); q > weight {
			best, weight = offer, q
		}
	}
	if v.is("negotiation/each-type") && best == csvType && strings.ToUpper(v.field("Accept")) == v.field("Accept") {
		best = jsonType
	}
	if v.is("negotiation/sloppy-accept") && v.field("Accept") == "*" {
		best = ""
	}
	if v.is("negotiation/any-type") && v.field("Accept") == "" {
		best = csvType
	}
	if v.is("negotiation/406") && best == "" {
		best = jsonType
	}
	v.accept = best
	if best == "" {
		v.problem(http.StatusNotAcceptable, "not-acceptable", "There is no such type.", "available", []string{jsonType, csvType})
	}
	return best != ""
}

// quality is the weight of an offer, of the most specific range.
func quality(accept, offer string) float64 {
	major, _, _ := strings.Cut(offer, "/")
	weight, specific := 0.0, 0
	for element := range strings.SplitSeq(accept, ",") {
		t, params, _ := strings.Cut(element, ";")
		if t = strings.ToLower(strings.TrimSpace(t)); t == "*" {
			t = "*/*"
		}
		rank := map[string]int{offer: 3, major + "/*": 2, "*/*": 1}[t]
		if rank <= specific {
			continue
		}
		q := 1.0
		if _, text, ok := strings.Cut(params, "q="); ok {
			if f, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil {
				q = f
			}
		}
		weight, specific = q, rank
	}
	return weight
}

// receive reads the content.
func (v *visit) receive() bool {
	if v.none {
		return true
	}
	bound := int64(limit)
	if v.is("errors/413") {
		bound = 1 << 30
	}
	var err error
	v.content, err = io.ReadAll(io.LimitReader(v.r.Body, bound+1))
	switch {
	case err != nil:
		v.problem(http.StatusBadRequest, "invalid-request", "The content ends too early.")
	case int64(len(v.content)) > bound:
		v.problem(http.StatusRequestEntityTooLarge, "content-too-large", "The content is too large.")
	default:
		return true
	}
	return false
}

// complete sets the fields that every response has.
func (v *visit) complete() {
	if v.public && v.status < 400 && v.tenant != "" {
		v.h.Set("Cache-Control", "public, max-age=60")
		if v.r.Header.Get("X-Raet-Tenant-Id") != "" || v.is("caching/public") {
			v.vary = slices.DeleteFunc(v.vary, func(name string) bool { return name == "Authorization" })
		}
	}
	if v.h.Get("Cache-Control") == "" && v.tenant != "" && v.status < 400 && !(v.is("caching/private") && v.status == http.StatusOK) {
		v.h.Set("Cache-Control", "private, no-cache")
	}
	if v.is("precondition/304-has-what-the-200-has") && v.status == http.StatusNotModified {
		v.h.Set("Cache-Control", "private")
	}
	if v.is("caching/vary-on-success") && v.status == http.StatusOK && v.r.Method == "HEAD" {
		v.vary = nil
	}
	if len(v.vary) > 0 {
		v.h.Set("Vary", strings.Join(v.vary, ", "))
	}
	if v.is("caching/vary-on-one-line") {
		v.h["Vary"] = v.vary
	}
	if v.is("request-id/on-every-response") && v.status == http.StatusNotModified {
		v.h.Del("X-Request-Id")
	}
	if v.is("head/like-get") && v.r.Method == "HEAD" && v.status == http.StatusOK {
		v.h.Set("Content-Length", "0")
		v.body = nil
		return
	}
	if v.is("head/errors") && v.r.Method == "HEAD" && v.status == http.StatusNotAcceptable {
		v.h.Set("Content-Type", "text/plain")
	}
	if v.is("head/conditions") && v.r.Method == "HEAD" && v.status == http.StatusNotModified {
		v.status = http.StatusOK
	}
	if v.status != http.StatusNotModified && v.status != http.StatusNoContent {
		v.h.Set("Content-Length", strconv.Itoa(len(v.body)))
	}
}

// hijacked writes the response past net/http, for faults that it does not have.
func (v *visit) hijacked(w http.ResponseWriter) bool {
	text := ""
	upload := v.status >= 400 && v.status != http.StatusNotFound && v.status != http.StatusRequestEntityTooLarge && (v.r.ContentLength < 0 || v.r.ContentLength > 4096)
	switch {
	case v.is("upload/refusal-arrives") && !v.r.Close && upload, v.is("upload/refusal-arrives-on-close") && v.r.Close && upload:
		text = fmt.Sprintf("HTTP/1.1 %d Refused\r\nX-Request-Id: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", v.status)
	case v.is("upload/http-1.0") && v.r.ProtoMinor == 0 && v.r.ProtoMajor == 1:
		text = fmt.Sprintf("HTTP/1.1 200 OK\r\nX-Request-Id: 1\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(v.body), v.body)
	case v.is("upload/connection-stays-in-step") && v.status == http.StatusUnauthorized && v.r.ContentLength > 4096 && v.r.ContentLength < 10000:
		text = "HTTP/1.1 401 Unauthorized\r\nX-Request-Id: 1\r\nContent-Length: 0\r\n\r\nHTTP/1.1 404 Not Found\r\nX-Request-Id: 2\r\nContent-Length: 0\r\n\r\n"
	default:
		return false
	}
	conn, in, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return false
	}
	defer conn.Close()
	_, _ = io.CopyN(io.Discard, in, int64(in.Reader.Buffered()))
	_, _ = io.WriteString(conn, text)
	if !upload || v.is("upload/connection-stays-in-step") {
		time.Sleep(50 * time.Millisecond) // for the client to read before a reset
	}
	return true
}

// token is the endpoint for tokens.
func (v *visit) token() {
	if v.r.Method != "POST" && !v.is("token/errors") {
		v.allowed("POST")
		return
	}
	text, _ := io.ReadAll(io.LimitReader(v.r.Body, limit))
	form, _ := url.ParseQuery(string(text))
	v.h.Set("Cache-Control", "no-store")
	asked := slices.ContainsFunc(strings.Split(v.field("Cache-Control"), ","), func(d string) bool { return strings.EqualFold(strings.TrimSpace(d), "no-cache") })
	switch {
	case !asked && !v.is("token/needs-no-cache"):
		v.problem(http.StatusBadRequest, "no-cache-required", "Send Cache-Control: no-cache.")
	case form.Get("secret") != "s":
		v.problem(http.StatusUnauthorized, "about:blank", "The secret is wrong.", "error", "invalid_client")
	default:
		v.status, v.body = http.StatusOK, []byte(`{"access_token":"single-token","token_type":"Bearer"}`)
		v.h.Set("Content-Type", jsonType)
		if v.is("token/no-store") {
			v.h.Set("Cache-Control", "private")
		}
	}
}

// locked is the handler, alone with the records.
func (v *visit) locked(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if key, _ := v.keyOf(); v.is("repeats/twins") && v.r.Method == "PUT" && v.changes[key] == nil { // looked for the key too early
		v.late = true
		v.mu.Unlock()
		time.Sleep(10 * time.Millisecond)
		v.mu.Lock()
	}
	if v.hostile() {
		return
	}
	if v.r.Method == "POST" {
		v.create()
		return
	}
	rec := v.records[v.tenant+"/"+id]
	if rec == nil {
		v.absent(id)
		return
	}
	if v.is("read/is-there") && id == "1" {
		v.problem(http.StatusServiceUnavailable, "about:blank", "Not now.")
		return
	}
	if v.r.Method == "QUERY" {
		v.query(rec)
		return
	}
	if v.repeated() || v.refusedBy(rec) {
		return
	}
	if v.is("precondition/lost-update") && !v.read() { // a check, and then a write
		v.mu.Unlock()
		time.Sleep(10 * time.Millisecond)
		v.mu.Lock()
	}
	switch v.r.Method {
	case "PUT", "PATCH":
		v.put(rec)
	case "DELETE":
		delete(v.records, v.tenant+"/"+id)
		v.status = http.StatusNoContent
	default:
		v.show(id, rec)
	}
}

// hostile are faults in what the handler reads.
func (v *visit) hostile() bool {
	broken := v.is("hostile/malformed-fields") && v.field("Accept-Language") == "-" ||
		v.is("hostile/fields-of-1-mib") && len(v.field("Cookie")) > 100000 ||
		v.is("hostile/fields-of-a-change") && v.field("Content-Language") == "-1" ||
		v.is("hostile/paths") && strings.Contains(v.r.URL.Path, "\x00")
	if broken {
		v.problem(http.StatusInternalServerError, "about:blank", "Something went wrong.")
	}
	return broken
}

func (v *visit) absent(id string) {
	v.notFound()
	_, theirs := v.records[map[string]string{"a": "b", "b": "a"}[v.tenant]+"/"+id]
	switch {
	case v.is("read/absent") && id == "8" && v.r.Method == "GET" && v.field("If-None-Match")+v.field("If-Match") == "" && v.tenant == "a":
		v.status, v.body = http.StatusNoContent, nil
		v.h.Del("Content-Type")
	case v.is("tenant/404-twins") && theirs && v.read() && v.field("If-None-Match") == "*":
		v.problem(http.StatusNotFound, "about:blank", "There is nothing here for you.")
	case v.is("tenant/changes-have-404-twins") && theirs && !v.read():
		v.problem(http.StatusForbidden, "about:blank", "It is somebody else's.")
	case v.is("precondition/an-error-is-no-304") && id == "8" && v.field("If-None-Match") == `"a"`,
		v.is("tenant/tag-of-another-tenant") && theirs && v.read() && strings.HasPrefix(v.field("If-None-Match"), `"v`):
		v.status, v.body = http.StatusNotModified, nil
		v.h.Del("Content-Type")
	}
}

// tag is the entity tag of a version for a tenant, as one type. Type "w" is for
// the response to a change, and no read has it.
func (v *visit) tag(version int, as string) string {
	tenant := ".t" + v.tenant
	if v.is("tenant/tag-of-another-tenant") {
		tenant = ""
	}
	if v.is("negotiation/tag-of-another-type") && as == csvType {
		as = jsonType
	}
	short := map[string]string{jsonType: ".rj", csvType: ".rc", "w": ".w", "query": ".q"}[as]
	if v.is("precondition/put-tag-is-no-validator") && as == "w" {
		short = ".rj"
	}
	return fmt.Sprintf(`"v%d%s%s"`, version, tenant, short)
}

// tags reads a list of entity tags.
func tags(lines []string) (list []string, star bool) {
	for _, s := range lines {
		for s = strings.TrimLeft(s, " \t,"); s != ""; s = strings.TrimLeft(s, " \t,") {
			if s[0] == '*' {
				return nil, true
			}
			begin := strings.TrimPrefix(s, "W/")
			end := -1
			if strings.HasPrefix(begin, `"`) {
				end = strings.IndexByte(begin[1:], '"')
			}
			if end < 0 {
				break
			}
			n := len(s) - len(begin) + end + 2
			rest := strings.TrimLeft(s[n:], " \t")
			if rest != "" && rest[0] != ',' {
				break
			}
			list = append(list, s[:n])
			s = rest
		}
	}
	return list, false
}

// record is what a tag says of the record: version and tenant.
func (v *visit) recordOf(tag string) string {
	if !v.is("precondition/if-match-behind-proxies") {
		tag = strings.TrimPrefix(tag, "W/")
	}
	tag = strings.TrimSuffix(tag, `"`)
	for _, suffix := range []string{"-gzip", "-br", "-zstd"} {
		tag = strings.TrimSuffix(tag, suffix)
	}
	for _, suffix := range []string{".rj", ".rc", ".w"} {
		if v.is("precondition/tag-of-any-type") && suffix == ".rc" {
			continue
		}
		if short, ok := strings.CutSuffix(tag, suffix); ok {
			return short
		}
	}
	return tag
}

// refusedBy evaluates the conditions (RFC 9110 §13.2.2).
func (v *visit) refusedBy(rec *record) bool {
	current := v.tag(rec.version, v.accept)
	match, none := v.r.Header["If-Match"], v.r.Header["If-None-Match"]
	if v.is("precondition/list-over-two-lines") && len(none) > 1 {
		none = none[:1]
	}
	date := rec.changed.UTC().Format(http.TimeFormat)
	earlier := func(field string) (ok, earlier bool) {
		t, err := http.ParseTime(v.field(field))
		return err == nil, err == nil && t.Before(rec.changed.Truncate(time.Second))
	}
	v.h.Set("ETag", current)
	v.h.Set("Last-Modified", date)
	if v.is("ranges/conditions-first") && v.field("Range") != "" {
		return false
	}
	switch {
	case match != nil:
		list, star := tags(match)
		if v.is("precondition/if-match-passes") && len(list) > 1 {
			list = list[:1]
		}
		held := star || slices.ContainsFunc(list, func(t string) bool {
			if v.read() {
				return t == current
			}
			return v.recordOf(t) == v.recordOf(current)
		})
		switch {
		case v.is("precondition/412-on-read") && v.read(),
			v.is("precondition/409-before-the-handler") && !v.read() && len(list) == 2,
			v.is("precondition/malformed-if-match") && len(list) == 0,
			v.is("create/removed") && v.r.Method == "DELETE":
			held = true
		case v.is("precondition/tag-of-a-change") && !v.read() && strings.Contains(v.field("If-Match"), ".w"):
			held = false
		}
		if !held && !v.read() && len(list) == 0 {
			v.problem(http.StatusBadRequest, "invalid-request", "If-Match has no entity tag.")
			return true
		}
		if !held {
			v.failed(rec)
			return true
		}
		if v.is("precondition/tag-before-date") && v.field("If-Unmodified-Since") != "" && v.read() {
			v.failed(rec)
			return true
		}
	case v.r.Header["If-Unmodified-Since"] != nil:
		ok, old := earlier("If-Unmodified-Since")
		if ok && old && !(v.is("precondition/dates-of-changes") && !v.read()) {
			v.failed(rec)
			return true
		}
	}
	switch {
	case none != nil:
		list, star := tags(none)
		hit := star || slices.ContainsFunc(list, func(t string) bool {
			if v.is("precondition/304-in-every-spelling") {
				return t == current
			}
			if !v.read() {
				return v.recordOf(t) == v.recordOf(current)
			}
			return strings.TrimPrefix(t, "W/") == current
		})
		switch {
		case v.is("precondition/304-for-its-own-tag") && v.accept == csvType:
			hit = false
		case v.is("precondition/200-for-other-tags") && strings.Contains(v.field("If-None-Match"), strings.Trim(current, `"`)):
			hit = true
		case v.is("precondition/412-for-if-none-match") && !v.read():
			hit = false
		}
		if hit && !v.read() {
			v.h.Del("ETag")
			v.problem(http.StatusPreconditionFailed, "precondition-failed", "It is there.")
			return true
		}
		if hit {
			v.status = http.StatusNotModified
			if v.is("precondition/304-describes-no-content") {
				v.h.Set("Content-Language", "en")
			}
			return true
		}
	case v.read() && v.r.Header["If-Modified-Since"] != nil && !v.is("precondition/dates"):
		if ok, old := earlier("If-Modified-Since"); ok && !old {
			v.status = http.StatusNotModified
			return true
		}
	}
	if !v.read() && match == nil && none == nil && v.r.Header["If-Unmodified-Since"] == nil && !v.is("precondition/428-without-a-condition") {
		v.problem(http.StatusPreconditionRequired, "precondition-required", "Send If-Match.")
		return true
	}
	return false
}

func (v *visit) failed(rec *record) {
	if v.read() {
		v.problem(http.StatusPreconditionFailed, "precondition-failed", "The condition does not hold.")
		return
	}
	current := v.tag(rec.version, "w")
	v.problem(http.StatusConflict, "record-changed", "Somebody else has changed it.", "currentETag", current)
	v.h.Set("ETag", current)
	if v.is("precondition/409-says-how-to-go-on") {
		v.h.Del("ETag")
	}
}

func (v *visit) put(rec *record) {
	var sent struct{ Name *string }
	err := json.Unmarshal(v.content, &sent)
	if v.is("hostile/malformed-content") && string(v.content) == "null" {
		sent.Name = new(string)
	}
	if err != nil || sent.Name == nil {
		v.problem(http.StatusBadRequest, "invalid-request", "The content must be an object with a name.")
		return
	}
	rec.Name, rec.changed = *sent.Name, time.Now()
	if !v.is("precondition/new-tag-after-a-change") {
		rec.version++
	}
	v.h.Del("Last-Modified")
	v.h.Set("ETag", v.tag(rec.version, "w"))
	v.status = http.StatusNoContent
	v.keep(&change{tag: v.h.Get("ETag")})
}

func (v *visit) show(id string, rec *record) {
	v.status = http.StatusOK
	v.h.Set("Content-Type", v.accept)
	if v.is("read/content-type") && v.r.Header.Get("Accept") == "" && v.r.Method == "GET" {
		v.h.Set("Content-Type", "text/plain")
	}
	if v.is("precondition/tag-on-read") {
		v.h.Set("ETag", "W/"+v.h.Get("ETag"))
	}
	if v.accept == csvType {
		v.body = []byte("id,name\r\n" + id + "," + rec.Name + "\r\n")
	} else {
		v.body, _ = json.Marshal(map[string]any{"id": id, "name": rec.Name, "tenant": v.tenant})
		v.ranges()
	}
	if v.is("precondition/one-tag-one-content") && v.accept == csvType {
		v.body = append(v.body, strconv.Itoa(v.seen)...)
	}
}

// ranges is Range (RFC 9110 §14), one of bytes.
func (v *visit) ranges() {
	v.h.Set("Accept-Ranges", "bytes")
	spec, ok := strings.CutPrefix(v.field("Range"), "bytes=")
	if v.is("ranges/ignored") && !ok {
		_, spec, ok = strings.Cut(v.field("Range"), "=")
	}
	if r := v.field("If-Range"); r != "" && r != v.h.Get("ETag") && !v.is("ranges/if-range") {
		ok = false
	}
	if v.r.Method != "GET" {
		ok = false
	}
	if v.is("ranges/many") && strings.Count(spec, ",") > 500 {
		v.status, v.body = http.StatusPartialContent, bytes.Repeat(v.body, 4000)
		v.h.Set("Content-Type", "multipart/byteranges; boundary=x")
		return
	}
	first, last, dash := strings.Cut(spec, "-")
	if !ok || !dash || strings.Contains(spec, ",") {
		return
	}
	n := len(v.body)
	from, errFrom := strconv.Atoi(first)
	to, errTo := strconv.Atoi(last)
	switch {
	case first == "" && errTo == nil && to > 0:
		from, to = max(0, n-to), n-1
	case errFrom != nil || from < 0 || last != "" && (errTo != nil || to < from):
		return
	case last == "":
		to = n - 1
	}
	if from >= n {
		if !v.is("ranges/416") {
			v.h.Set("Content-Range", fmt.Sprintf("bytes */%d", n))
		}
		v.problem(http.StatusRequestedRangeNotSatisfiable, "about:blank", "There is no such range.")
		return
	}
	to = min(to, n-1)
	v.status = http.StatusPartialContent
	v.h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to, n))
	v.body = v.body[from : to+1]
	if v.is("ranges/206") && first == "" {
		v.body = v.body[:0]
	}
}

func (v *visit) query(rec *record) {
	text, _ := json.Marshal([]string{rec.Name})
	tag := fmt.Sprintf(`"%x.h"`, sha256.Sum256(text))
	match, _ := tags(v.r.Header["If-Match"])
	none, star := tags(v.r.Header["If-None-Match"])
	record := v.is("query/304") && len(none) > 0 && strings.Contains(none[0], ".rj")
	switch {
	case len(match) > 0 && !slices.Contains(match, tag):
		if v.is("query/conditions-of-a-read") {
			v.failed(rec)
			v.status = http.StatusConflict
			return
		}
		v.problem(http.StatusPreconditionFailed, "precondition-failed", "The condition does not hold.")
	case star || slices.Contains(none, tag) || record:
		v.status = http.StatusNotModified
		v.h.Set("ETag", tag)
	case v.is("query/200") && len(match)+len(none) == 0 && v.r.Header.Get("If-None-Match") == "":
		v.problem(http.StatusPreconditionRequired, "precondition-required", "Send If-Match.")
	default:
		v.status, v.body = http.StatusOK, text
		v.h.Set("Content-Type", jsonType)
		v.h.Set("ETag", tag)
	}
}

func (v *visit) create() {
	if v.repeated() {
		return
	}
	if v.r.Header["If-Match"] != nil && v.field("If-Match") != "*" && !v.is("create/conditions") {
		v.problem(http.StatusConflict, "record-changed", "There is no such tag.")
		return
	}
	_, params, _ := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
	part, err := multipart.NewReader(bytes.NewReader(v.content), cmp.Or(params["boundary"], "b")).NextPart()
	var sent struct{ Name string }
	if err == nil {
		err = json.NewDecoder(part).Decode(&sent)
	}
	if err != nil {
		v.problem(http.StatusBadRequest, "invalid-request", "The content must have a part with an object.")
		return
	}
	v.last++
	id := strconv.Itoa(v.last)
	v.records[v.tenant+"/"+id] = &record{Name: sent.Name, version: 1, changed: time.Now()}
	v.h.Set("Location", "/records/"+id)
	v.status = http.StatusCreated
	if v.is("create/201") {
		v.h.Set("Location", "/record/"+id)
	}
	if v.field("Prefer") == "respond-async" && !v.is("create/202") {
		v.status = http.StatusAccepted
		v.h.Set("Preference-Applied", "respond-async")
	}
	v.keep(&change{location: v.h.Get("Location")})
}

// keyOf reads Idempotency-Key.
func (v *visit) keyOf() (key string, ok bool) {
	lines := v.r.Header.Values("Idempotency-Key")
	if len(lines) == 0 {
		return "", true
	}
	key = lines[0]
	if strings.HasPrefix(key, `"`) {
		if len(key) < 2 || !strings.HasSuffix(key, `"`) {
			return "", false
		}
		key = key[1 : len(key)-1]
	}
	ok = len(lines) == 1 && key != "" && len(key) <= 255 && !strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' || c == '"' })
	return v.r.Method + v.r.URL.Path + " " + v.tenant + " " + key, ok
}

// repeated answers a change that was made already.
func (v *visit) repeated() bool {
	if v.safe() || v.r.Method == "DELETE" {
		return false
	}
	key, ok := v.keyOf()
	if !ok && !v.is("repeats/malformed-key") {
		v.problem(http.StatusBadRequest, "invalid-request", "Idempotency-Key must be one key.")
		return true
	}
	made := v.changes[key]
	if made == nil || key == "" {
		return false
	}
	switch {
	case v.is("repeats/applied-once") && v.r.Method == "PUT" && strings.HasSuffix(made.tag, fmt.Sprintf(`"v%d.ta.w"`, v.records["a/1"].version)):
		return false
	case v.is("repeats/created-once") && v.r.Method == "POST":
		return false
	case v.late:
		return false
	case made.fingerprint != sha256.Sum256(v.content):
		if v.is("repeats/key-reused") {
			break
		}
		v.problem(http.StatusUnprocessableEntity, "idempotency-key-reused", "The key was used for another change.")
		return true
	}
	v.status = http.StatusNoContent
	if made.tag != "" {
		v.h.Set("ETag", made.tag)
		if v.is("repeats/not-over-anothers") {
			v.h.Set("ETag", v.tag(v.records["a/1"].version, "w"))
		}
	}
	if made.location != "" {
		v.status = http.StatusCreated
		v.h.Set("Location", made.location)
	}
	return true
}

func (v *visit) keep(c *change) {
	if key, ok := v.keyOf(); ok && key != "" {
		c.fingerprint = sha256.Sum256(v.content)
		v.changes[key] = c
	}
}

package etag_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apiconventions/apiconventions/etag"
)

var (
	rangeSetRE  = regexp.MustCompile(`^bytes=[ \t,]*\d*-\d*([ \t]*,[ \t]*(\d*-\d*)?)*[ \t]*$`)
	rangeSpecRE = regexp.MustCompile(`(\d*)-(\d*)`)
)

// rangesLiterally is what RFC 9110 §14.1.2 makes of a Range field where there are
// size bytes: the Content-Range of each part. ok is false for what is to be
// ignored.
func rangesLiterally(field string, size int64) (parts []string, ok bool) {
	if !rangeSetRE.MatchString(field) {
		return nil, false
	}
	for _, m := range rangeSpecRE.FindAllStringSubmatch(field, -1) {
		first, noFirst := strconv.ParseInt(m[1], 10, 64)
		last, noLast := strconv.ParseInt(m[2], 10, 64)
		switch {
		case m[0] == "-", len(m[1]) > 19, len(m[2]) > 19,
			m[1] != "" && noFirst != nil, m[2] != "" && noLast != nil: // over 63 bits
			return nil, false
		case noFirst != nil && last == 0, noFirst == nil && noLast == nil && last < first:
			return nil, false
		case noFirst != nil:
			first, last = max(0, size-last), size-1
		case noLast != nil:
			last = size - 1
		}
		if first < size {
			parts = append(parts, fmt.Sprintf("bytes %d-%d/%d", first, min(last, size-1), size))
		}
	}
	return parts, true
}

// FuzzRange holds what http.ServeContent makes of a Range behind a Guard against
// the words of the RFC.
func FuzzRange(f *testing.F) {
	for _, s := range []string{
		"", " bytes=0-", "bytes=0-3\t", "bytes=", "bytes=0-3", "bytes=-5", "bytes=-0", "bytes=95-", "bytes=100-", "bytes=0-3,-0", "bytes=0-0 , ,5-,\t-7", "bytes=5-3", "bytes=0 - 3",
		"bytes=+1-3", "bytes=--1", "bytes=0-18446744073709551616", "bytes=0-1844684462222222237", "bytes=0-9223372036854775807", "bytes=0-9223372036854775808", "bytes=-999999999999999999", "Bytes=0-3", "rows=0-3", "bytes=1-2\n", `bytes="0-1,2-3"`,
	} {
		f.Add(s)
	}
	const size = 100
	content := strings.Repeat("0123456789", size/10)
	h := etag.Guard(always(etag.State{Tag: etag.Version(7)}), nil)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		etag.Set(w, r, etag.Version(7))
		http.ServeContent(w, r, "a.txt", time.Time{}, strings.NewReader(content))
	}))
	f.Fuzz(func(t *testing.T, field string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["Range"] = []string{field}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		parts, ok := rangesLiterally(strings.Trim(field, " \t"), size) // RFC 9110 §5.5
		status, contentRange := http.StatusPartialContent, ""
		switch {
		case !ok:
			status = http.StatusOK
		case len(parts) == 0:
			status, contentRange = http.StatusRequestedRangeNotSatisfiable, fmt.Sprintf("bytes */%d", size)
		case len(parts) == 1:
			contentRange = parts[0]
		case rec.Code == http.StatusOK: // ServeContent takes no more than there is (§14.2)
			status = http.StatusOK
		default:
			for _, part := range parts {
				if !strings.Contains(rec.Body.String(), "Content-Range: "+part+"\r\n") {
					t.Fatalf("%q: no part %q", field, part)
				}
			}
		}
		if got := rec.Header().Get("Content-Range"); rec.Code != status || got != contentRange {
			t.Fatalf("%q: %d, %q, want %d, %q", field, rec.Code, got, status, contentRange)
		}
	})
}

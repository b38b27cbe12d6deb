package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dunglas/httpsfv"
	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/middleware"
)

// What the library sends as structured fields (RFC 9651) is read by a parser that is
// not its own.
func TestStructuredFields(t *testing.T) {
	since := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	h := middleware.Default(zerolog.Nop(), nil).Append(
		middleware.Deprecated(middleware.DeprecatedOptions{Since: since}),
		middleware.ContentType("application/json", `text/csv;charset="utf-8";header=present`, "image/*", "application/*+json"),
	).ThenFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler ran") })
	r := httptest.NewRequest("QUERY", "/", strings.NewReader("x"))
	r.Header.Set("Content-Type", "text/plain")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)

	deprecation, err := httpsfv.UnmarshalItem(w.Header()["Deprecation"])
	if at, ok := deprecation.Value.(time.Time); err != nil || !ok || !at.Equal(since) {
		t.Errorf("Deprecation %q: %v %v", w.Header()["Deprecation"], deprecation.Value, err)
	}
	query, err := httpsfv.UnmarshalList(w.Header()["Accept-Query"])
	if err != nil || len(query) != 3 || w.Header()["Accept"] != nil || w.Code != http.StatusUnsupportedMediaType {
		t.Fatalf("%d, Accept-Query %q: %v, Accept %q", w.Code, w.Header()["Accept-Query"], err, w.Header()["Accept"])
	}
	for i, want := range []string{"application/json", "text/csv", "image/*"} {
		if item, ok := query[i].(httpsfv.Item); !ok || item.Value != want {
			t.Errorf("%d is %v, want %s", i, query[i], want)
		}
	}
	params := query[1].(httpsfv.Item).Params
	if charset, _ := params.Get("charset"); charset != "utf-8" {
		t.Errorf("charset is %v", charset)
	}
}

package response

import (
	"slices"
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// SetID sets the X-Request-Id of the response.
func (w *Writer) SetID(id string) {
	if w.calls.Enter() {
		w.id = id
		w.calls.Leave()
	}
}

// field is a field line of the response.
type field struct{ name, value string }

// AddField adds a field value to the response, whatever its status, beside the values
// that others set.
func (w *Writer) AddField(name, value string) {
	if w.calls.Enter() {
		rare := w.makeRare()
		rare.fields = append(rare.fields, field{name, value})
		w.calls.Leave()
	}
}

// CloseIf closes the connection with a response on HTTP/1 if unusable returns true when
// the header goes out.
func (w *Writer) CloseIf(unusable func() bool) {
	if !w.calls.Enter() {
		return
	}
	defer w.calls.Leave()
	if other := w.unusable; other != nil {
		w.unusable = func() bool { return other() || unusable() }
	} else {
		w.unusable = unusable
	}
}

// complete adds the fields of the layers to the header. It runs when the header goes
// out, so that it keeps what the handler has set, and the handler cannot overwrite them.
func (w *Writer) complete() {
	h := w.header
	if w.id != "" {
		h["X-Request-Id"] = w.value(0, w.id)
	}
	if w.rare != nil {
		w.addFields()
	}
	if w.unusable != nil && w.request.ProtoMajor == 1 && w.unusable() {
		h["Connection"] = []string{"close"}
	}
	c := &w.caching
	control := h["Cache-Control"]
	w.completeVary(!c.noStore && header.Contains(control, "public"))
	switch {
	case c.noStore:
		h["Cache-Control"] = w.value(2, "no-store")
		h["Pragma"] = []string{"no-cache"}
	case !c.private:
	case strings.Join(control, "") == "":
		h["Cache-Control"] = w.value(2, privateNoCache)
	case isAboutFields(control):
		h["Cache-Control"] = append(slices.Clip(control), privateNoCache)
	}
}

// addFields adds the fields of AddField.
func (w *Writer) addFields() {
	h := w.header
	for _, f := range w.rare.fields {
		if !slices.Contains(h[f.name], f.value) {
			h[f.name] = append(slices.Clip(h[f.name]), f.value)
		}
	}
}

// value returns s as the only value of a field, without an allocation. It has no room
// for append, which would write to the value of another field.
func (w *Writer) value(i int, s string) []string {
	w.values[i] = s
	return w.values[i : i+1 : i+1]
}

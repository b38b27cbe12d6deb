package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/examples/fileapi/store"
)

// current tells the guard which version a change would change, and whether this one is on record already. The
// file is read first: in the other order the change could be made in between, and its own version be taken for
// another's.
func (s *service) current(r *http.Request) (etag.State, error) {
	file, err := s.file(r)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return etag.State{}, err
	}
	state := etag.State{Tag: etag.Version(file.Version), Absent: err != nil}
	made, ok, failed := s.made(r)
	switch {
	case failed != nil:
		return etag.State{}, failed
	case ok:
		state.Made = &etag.Change{Key: etag.Key(r.Context()), Fingerprint: made.Fingerprint}
		if made.Version > 0 {
			state.Made.Tag = etag.Version(made.Version)
		}
		return state, nil // also where the file is gone
	}
	return state, err
}

// patch merges name and business type into the metadata (RFC 7396). The store compares the version that
// the guard has admitted once more, for whoever was faster since.
func (s *service) patch(w http.ResponseWriter, r *http.Request) error {
	change, err := parsePatch(r.Body)
	if err != nil {
		return err
	}
	id, err := fileID(r)
	if err != nil {
		return err
	}
	files, err := s.keyed(r)
	if err != nil {
		return err
	}
	seen, _ := etag.FromContext(r.Context())
	version, _ := seen.Tag.Version()
	file, err := files.Update(r.Context(), id, version, change)
	if err != nil {
		return s.lost(w, r, err)
	}
	etag.Set(w, r, etag.Version(file.Version))
	return reply(w, http.StatusOK, describe(r, file))
}

// parsePatch refuses what a client may not change rather than ignore it.
func parsePatch(body io.Reader) (c store.Change, err error) {
	text, err := io.ReadAll(incoming{body})
	if err != nil {
		return c, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil || members == nil {
		return c, malformed("the body is no JSON object", err)
	}
	var wrong invalid
	if value, ok := members["name"]; ok {
		c.Name = new(string)
		_ = json.Unmarshal(value, c.Name) // whatever else it is, the name is empty
		wrong.add("#/name", checkName(*c.Name))
		delete(members, "name")
	}
	if value, ok := members["businessType"]; ok {
		var b struct{ ID businessType }
		_ = json.Unmarshal(value, &b) // whatever else it is, the ID is 0
		c.BusinessType = (*int64)(&b.ID)
		wrong.add("#/businessType/id", b.ID.check())
		delete(members, "businessType")
	}
	if len(members) > 0 {
		wrong.add("#", errors.New("only name and businessType can be changed"))
	}
	return c, wrong.err()
}

// remove deletes the file; with a precondition, only the version that the guard has admitted.
func (s *service) remove(w http.ResponseWriter, r *http.Request) error {
	id, err := fileID(r)
	if err != nil {
		return err
	}
	var version int64
	if r.Header["If-Match"] != nil {
		seen, _ := etag.FromContext(r.Context())
		version, _ = seen.Tag.Version()
	}
	files, err := s.keyed(r)
	if err != nil {
		return err
	}
	if err := files.Delete(r.Context(), id, version); err != nil {
		return s.lost(w, r, err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

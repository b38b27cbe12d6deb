package main

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/examples/fileapi/store"
	"github.com/apiconventions/apiconventions/problem"
)

// keys are the options of a guard whose requests can be repeated with Idempotency-Key.
var keys = etag.Options{Caller: clientOf}

// made returns the change that is on record under the request's key. ok is false where there is none, or no
// key.
func (s *service) made(r *http.Request) (made store.Made, ok bool, err error) {
	key := etag.Key(r.Context())
	if key == "" {
		return made, false, nil
	}
	made, err = s.files(r).Made(r.Context(), key)
	if errors.Is(err, store.ErrNotFound) {
		return made, false, nil
	}
	return made, err == nil, err
}

// keyed is the store for the one change that the request asks for, with its key if it has one. The content
// that has not been read yet is not looked at.
func (s *service) keyed(r *http.Request) (store.Tenant, error) {
	files := s.files(r)
	key := etag.Key(r.Context())
	if key == "" {
		return files, nil
	}
	sent, err := fingerprint(r)
	return files.Keyed(key, sent), err
}

// fingerprint reads what is left of the content, however much it is.
func fingerprint(r *http.Request) (string, error) {
	if _, err := io.Copy(io.Discard, incoming{r.Body}); err != nil {
		return "", err
	}
	return etag.Fingerprint(r.Context())
}

// lost responds to a change that the store did not make, because it has been made or another was faster. It
// returns any other error as it is.
func (s *service) lost(w http.ResponseWriter, r *http.Request, err error) error {
	if !errors.Is(err, store.ErrMade) && !errors.Is(err, store.ErrConflict) {
		return err
	}
	now, failed := s.current(r)
	switch {
	case failed != nil:
		return failed
	case etag.Check(w, r, now, &keys):
		return nil
	}
	return errors.Join(etag.ErrConflict, err)
}

// repeated responds to an upload that is on record already: with its first response again, or with
// ErrKeyReused if the key is that of another one.
func (s *service) repeated(w http.ResponseWriter, r *http.Request) (done bool, err error) {
	made, ok, err := s.made(r)
	if err != nil || !ok {
		return false, err
	}
	sent, err := fingerprint(r)
	switch {
	case err != nil:
		return false, err
	case sent != made.Fingerprint:
		return false, etag.ErrKeyReused
	case made.Version == 0:
		return true, replyToken(w, made.File)
	}
	return true, s.replay(w, r, made)
}

// twin responds to an upload that its twin has made meanwhile. It returns any other error as it is.
func (s *service) twin(w http.ResponseWriter, r *http.Request, err error) error {
	if !errors.Is(err, store.ErrMade) {
		return err
	}
	done, failed := s.repeated(w, r)
	if failed == nil && !done { // its key has been swept since
		return problem.Unavailable(retryAfter, err)
	}
	return failed
}

// abandon removes an upload of which its client has not been told.
func (s *service) abandon(r *http.Request, id store.ID) {
	if err := s.files(r).Abandon(context.WithoutCancel(r.Context()), id); err != nil {
		zerolog.Ctx(r.Context()).Warn().Err(err).Msg("abandoning an upload; it will expire")
	}
}

// replay responds to an upload once more. The body has the file as it is now, the tag is that of the version
// which the upload has made. Of a file that is gone only the id is known.
func (s *service) replay(w http.ResponseWriter, r *http.Request, made store.Made) error {
	files := s.files(r)
	if prefers(r.Header, "respond-async") {
		// There is a status to look at for as long as the upload is there.
		if err := s.accept(w, r, files, made.File); !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	file, err := files.Close(r.Context(), made.File) // accepted, and not closed yet, or closed
	if errors.Is(err, store.ErrNotFound) {
		file, err = files.Get(r.Context(), made.File)
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return replyCreated(w, r, made.File, made.Version, map[string]string{"id": made.File.String(), "tenantId": tenantOf(r)})
	case err != nil:
		return err
	}
	return replyCreated(w, r, made.File, made.Version, describe(r, file))
}

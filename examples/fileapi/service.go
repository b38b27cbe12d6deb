package main

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/examples/fileapi/store"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/tenant"
)

// service is what the handlers share.
type service struct {
	store *store.Store
	log   zerolog.Logger
	key   []byte // signs the tokens, the same on every instance and after a restart

	idle time.Duration // for which a client may neither send nor take a byte

	gate     middleware.Gate
	draining atomic.Bool

	life       context.Context // ends with the service
	end        context.CancelFunc
	background sync.WaitGroup
}

func newService(ctx context.Context, db *store.Store, log zerolog.Logger) (*service, error) {
	key, err := db.Key(ctx, "token signing")
	if err != nil {
		return nil, err
	}
	s := &service{store: db, log: log, key: key, idle: idleTime}
	s.life, s.end = context.WithCancel(context.Background())
	return s, nil
}

func tenantOf(r *http.Request) string {
	id, _ := tenant.FromContext(r.Context())
	return string(id)
}

// files is the store as the request's tenant sees it.
func (s *service) files(r *http.Request) store.Tenant { return s.store.Tenant(tenantOf(r)) }

// file returns the file of the path. In the role of publisher a client sees its own files only.
func (s *service) file(r *http.Request) (store.File, error) {
	id, err := fileID(r)
	if err != nil {
		return store.File{}, err
	}
	f, err := s.files(r).Get(r.Context(), id)
	if err == nil && asPublisher(r) && f.Publisher != clientOf(r) {
		return store.File{}, store.ErrNotFound
	}
	return f, err
}

// fileID is the id in the path.
func fileID(r *http.Request) (store.ID, error) { return store.ParseID(r.PathValue("id")) }

func asPublisher(r *http.Request) bool { return queryOf(r).Get("role") == "publisher" }

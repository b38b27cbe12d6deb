package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/examples/fileapi/store"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

// service is what the handlers share.
type service struct {
	store *store.Store
	log   zerolog.Logger
	key   []byte // signs the tokens, the same on every instance and after a restart

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
	s := &service{store: db, log: log, key: key}
	s.life, s.end = context.WithCancel(context.Background())
	return s, nil
}

// resume takes up what an earlier run has promised and not done.
func (s *service) resume(ctx context.Context) error {
	for id := range demoTenants() {
		files := s.store.Tenant(id)
		unfinished, err := files.Unfinished(ctx)
		if err != nil {
			return err
		}
		for _, upload := range unfinished {
			s.finishLater(files, upload)
		}
	}
	return nil
}

// drain answers everything new with 503 for that long.
func (s *service) drain(d time.Duration) {
	s.draining.Store(true)
	s.gate.Close(retryAfter)
	time.Sleep(d)
}

// wait ends what runs in the background.
func (s *service) wait() {
	s.end()
	s.background.Wait()
}

func alive(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) }

// ready says whether this instance should be sent requests.
func (s *service) ready(w http.ResponseWriter, r *http.Request) error {
	if s.draining.Load() {
		return problem.Unavailable(retryAfter, nil)
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.store.Ping(ctx); err != nil {
		return problem.Unavailable(retryAfter, err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func tenantOf(r *http.Request) string {
	id, _ := tenant.FromContext(r.Context())
	return string(id)
}

// files is the store as the request's tenant sees it.
func (s *service) files(r *http.Request) store.Tenant { return s.store.Tenant(tenantOf(r)) }

// file answers the file of the path. In the role of publisher a client sees its own files only.
func (s *service) file(r *http.Request) (store.File, error) {
	f, err := s.files(r).Get(r.Context(), r.PathValue("id"))
	if err == nil && asPublisher(r) && f.Publisher != clientOf(r) {
		return store.File{}, store.ErrNotFound
	}
	return f, err
}

func asPublisher(r *http.Request) bool { return r.URL.Query().Get("role") == "publisher" }

type businessTypeView struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

func viewBusinessType(id int64) businessTypeView {
	return businessTypeView{id, strconv.FormatInt(id, 10)}
}

// fileView is the metadata of a file, as a client reads and patches it.
type fileView struct {
	ID           string           `json:"id"`
	Name         string           `json:"name"`
	Size         int64            `json:"size"`
	CreationDate time.Time        `json:"creationDate"`
	TenantID     string           `json:"tenantId"`
	BusinessType businessTypeView `json:"businessType"`
	NumChunks    int              `json:"numChunks"`
}

func describe(r *http.Request, f store.File) fileView {
	return fileView{f.ID, f.Name, f.Size, f.Uploaded, tenantOf(r), viewBusinessType(f.BusinessType), f.Chunks}
}

func reply(w http.ResponseWriter, status int, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // the client has gone
	return nil
}

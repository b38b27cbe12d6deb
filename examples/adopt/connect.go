package main

import (
	"context"
	"encoding/base64"
	"math"
	"net/http"
	"net/url"
	"strings"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

// connectRPC is the service as procedures. The messages are Structs, so that the
// program needs no generated code: yours has its own.
func connectRPC(s *service) http.Handler {
	mux := http.NewServeMux()
	caller := []layer{connectErrors, middleware.Bearer(verify, nil), tenant.Require(grants, nil)}
	// connect negotiates content types itself. A Guard has its place before a
	// procedure without side effects, which connect serves as GET: the message is in
	// the query, where the guard can read it.
	rpcs := rpcService{s.people}
	options := connect.WithHandlerOptions(
		connect.WithCompressMinBytes(math.MaxInt), // what is compressed needs another tag
		connect.WithReadMaxBytes(1<<10),           // of a message; BodyLimit counts compressed bytes
	)
	mux.Handle("/people.v1.People/Get", wrap(
		connect.NewUnaryHandler("/people.v1.People/Get", rpcs.get, options, connect.WithIdempotency(connect.IdempotencyNoSideEffects)),
		append(caller, etag.Guard(rpcs.find, nil))...))
	mux.Handle("/people.v1.People/Put", wrap(
		connect.NewUnaryHandler("/people.v1.People/Put", rpcs.put, options),
		append(caller, middleware.RequireScope("people:write"))...))
	for path, h := range s.wire() {
		mux.Handle("GET "+path, h)
	}
	return s.edge(mux, limit)
}

type rpcService struct{ people *people }

type message = structpb.Struct

func text(m *message, field string) string { return m.GetFields()[field].GetStringValue() }

// find is the state for Guard. A procedure that is called by POST has its message
// in the body, which is the handler's: no condition is decided about there.
func (s rpcService) find(r *http.Request) (etag.State, error) {
	var m message
	if r.Method != http.MethodGet || readQuery(r.URL.Query(), &m) != nil {
		return etag.State{Absent: true}, nil // the handler's to answer
	}
	_, version, err := s.people.get(r.Context(), text(&m, "id"))
	return etag.State{Tag: etag.Version(version)}, err
}

// readQuery reads the message of a call by GET, as connect's protocol has it.
func readQuery(q url.Values, m *message) error {
	content := []byte(q.Get("message"))
	if q.Get("base64") == "1" {
		var err error
		if content, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(q.Get("message"), "=")); err != nil {
			return err
		}
	}
	if q.Get("encoding") == "json" {
		return protojson.Unmarshal(content, m)
	}
	return proto.Unmarshal(content, m)
}

func (s rpcService) get(ctx context.Context, q *connect.Request[message]) (*connect.Response[message], error) {
	p, version, err := s.people.get(ctx, text(q.Msg, "id"))
	if err != nil {
		return nil, connectError(err)
	}
	res := connect.NewResponse(&message{Fields: map[string]*structpb.Value{"name": structpb.NewStringValue(p.Name)}})
	res.Header().Set("ETag", etag.For(ctx, etag.Version(version)).String())
	return res, nil
}

// put decides about If-Match in the handler, which alone knows the record.
func (s rpcService) put(ctx context.Context, q *connect.Request[message]) (*connect.Response[message], error) {
	id := text(q.Msg, "id")
	_, version, err := s.people.get(ctx, id)
	switch {
	case err != nil:
		return nil, connectError(err)
	case q.Header().Get("If-Match") == "":
		return nil, connectError(problem.New(http.StatusPreconditionRequired, "Send If-Match."))
	case etag.Evaluate(http.MethodPut, q.Header(), etag.State{Tag: etag.For(ctx, etag.Version(version))}) != 0:
		return nil, connectError(etag.ErrConflict)
	}
	version, err = s.people.put(ctx, id, version, person{text(q.Msg, "name")})
	if err != nil {
		return nil, connectError(err)
	}
	res := connect.NewResponse(&message{})
	res.Header().Set("ETag", etag.For(ctx, etag.Version(version)).String())
	return res, nil
}

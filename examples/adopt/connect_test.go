package main

import (
	"net/http/httptest"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/structpb"
)

// The protocols' own clients understand what the layers refuse with.
func TestConnectClients(t *testing.T) {
	server := httptest.NewUnstartedServer(connectRPC(newService(nil)))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	for name, options := range map[string][]connect.ClientOption{
		"Connect":      {connect.WithProtoJSON()},
		"Connect, GET": {connect.WithHTTPGet(), connect.WithIdempotency(connect.IdempotencyNoSideEffects)},
		"gRPC":         {connect.WithGRPC()},
		"gRPC-Web":     {connect.WithGRPCWeb()},
	} {
		client := connect.NewClient[message, message](server.Client(), server.URL+"/people.v1.People/Get", options...)
		ask := func(id, token, tenant string) (*connect.Response[message], error) {
			q := connect.NewRequest(&message{Fields: map[string]*structpb.Value{"id": structpb.NewStringValue(id)}})
			if token != "" {
				q.Header().Set("Authorization", "Bearer "+token)
			}
			if tenant != "" {
				q.Header().Set("X-Raet-Tenant-Id", tenant)
			}
			return client.CallUnary(t.Context(), q)
		}
		for _, c := range []struct {
			id, token, tenant string
			code              connect.Code
		}{
			{"7", "", "", connect.CodeUnauthenticated},
			{"7", "bad", "", connect.CodeUnauthenticated},
			{"7", "keyserver-down", "", connect.CodeUnavailable},
			{"7", "many", "", connect.CodeInvalidArgument},
			{"7", "editor", "7654321", connect.CodePermissionDenied},
			{"9", "editor", "", connect.CodeNotFound},
		} {
			if _, err := ask(c.id, c.token, c.tenant); connect.CodeOf(err) != c.code {
				t.Errorf("%s: %+v: %v", name, c, err)
			}
		}
		res, err := ask("7", "editor", "")
		if err != nil || text(res.Msg, "name") != "Ada" {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if name != "Connect, GET" {
			continue
		}
		q := connect.NewRequest(&message{Fields: map[string]*structpb.Value{"id": structpb.NewStringValue("7")}})
		q.Header().Set("Authorization", "Bearer editor")
		q.Header().Set("If-None-Match", res.Header().Get("ETag"))
		if _, err := client.CallUnary(t.Context(), q); !connect.IsNotModifiedError(err) {
			t.Errorf("%s: not modified: %v", name, err)
		}
	}
}

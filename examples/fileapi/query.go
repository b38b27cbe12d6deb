package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/apiconventions/apiconventions/problem"
)

// parameters are all that a query may have, in the order in which their errors are listed. Others are
// ignored.
var parameters = []string{"role", "uploadType", "uploadToken", "position", "close", "pageIndex", "pageSize", "$filter", "$orderBy"}

type queryKey struct{}

// query reads the query, once for all that follows, and refuses one that can be read in two ways.
func query(next http.Handler) http.Handler {
	return problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		q, err := parseQuery(r.URL.RawQuery)
		if err != nil {
			return err
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), queryKey{}, q)))
		return nil
	})
}

// queryOf is the query of a request behind query. [url.URL.Query] would leave out what it cannot read, and
// with it a restriction that the client has asked for.
func queryOf(r *http.Request) url.Values { return r.Context().Value(queryKey{}).(url.Values) }

func parseQuery(text string) (url.Values, error) {
	q, err := url.ParseQuery(text)
	if err != nil {
		return nil, malformed("the query cannot be read", err)
	}
	var wrong invalid
	for _, name := range parameters {
		if len(q[name]) > 1 { // nobody knows which one counts
			wrong.add(name, errors.New("must be there once"))
		}
	}
	switch q.Get("role") {
	case "", "subscriber", "publisher":
	default:
		wrong.add("role", errors.New("must be subscriber or publisher"))
	}
	return q, wrong.err()
}

// number reads a parameter that may be absent.
func number(query url.Values, name string, absent, least, most int) (int, error) {
	if !query.Has(name) {
		return absent, nil
	}
	n, err := strconv.Atoi(query.Get(name))
	if err != nil || n < least || n > most {
		return absent, fmt.Errorf("must be a whole number from %d to %d", least, most)
	}
	return n, nil
}

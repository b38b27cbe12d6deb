package main

import (
	"net/http"
	"net/url"

	"github.com/apiconventions/apiconventions/examples/fileapi/filter"
	"github.com/apiconventions/apiconventions/examples/fileapi/store"
)

const (
	defaultPageSize = 20
	maxPageSize     = 1000
)

// list serves one page of the files that match.
func (s *service) list(w http.ResponseWriter, r *http.Request) error {
	q, err := parseList(queryOf(r))
	if err != nil {
		return err
	}
	view := listView{Data: []listEntry{}, PageIndex: q.Offset / q.Limit, PageSize: q.Limit}
	q.Client, q.Publisher = clientOf(r), asPublisher(r)
	page, count, err := s.files(r).List(r.Context(), q)
	if err != nil {
		return err
	}
	view.Count = count
	for _, e := range page {
		view.Data = append(view.Data, listEntry{
			Downloaded:   e.Downloaded,
			FileID:       e.ID.String(),
			FileName:     e.Name,
			FileSize:     e.Size,
			TenantID:     tenantOf(r),
			BusinessType: viewBusinessType(e.BusinessType),
			PublisherID:  e.Publisher,
			UploadDate:   e.Uploaded,
		})
	}
	return reply(w, http.StatusOK, view)
}

func parseList(query url.Values) (q store.Query, err error) {
	var wrong invalid
	index, err := number(query, "pageIndex", 0, 0, 1<<20)
	wrong.add("pageIndex", err)
	q.Limit, err = number(query, "pageSize", defaultPageSize, 1, maxPageSize)
	wrong.add("pageSize", err)
	q.Filter, err = filter.Parse(query.Get("$filter"))
	wrong.add("$filter", err)
	q.Order, err = filter.ParseOrder(query.Get("$orderBy"))
	wrong.add("$orderBy", err)
	q.Offset = index * q.Limit
	return q, wrong.err()
}

package main

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/apiconventions/apiconventions/examples/fileapi/store"
)

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
	return fileView{f.ID.String(), f.Name, f.Size, f.Uploaded, tenantOf(r), viewBusinessType(f.BusinessType), f.Chunks}
}

// listEntry is a file in a list.
type listEntry struct {
	Downloaded   bool             `json:"downloaded"`
	FileID       string           `json:"fileId"`
	FileName     string           `json:"fileName"`
	FileSize     int64            `json:"fileSize"`
	TenantID     string           `json:"tenantId"`
	BusinessType businessTypeView `json:"businessType"`
	PublisherID  string           `json:"publisherId"`
	UploadDate   time.Time        `json:"uploadDate"`
}

// listView is one page of a list.
type listView struct {
	Data      []listEntry `json:"data"`
	PageIndex int         `json:"pageIndex"`
	PageSize  int         `json:"pageSize"`
	Count     int         `json:"count"`
}

// reply sends body as JSON.
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

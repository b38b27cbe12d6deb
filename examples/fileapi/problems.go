package main

import (
	"net/http"

	"github.com/apiconventions/apiconventions/problem"
)

const problemsPath = "/problems/"

// The types of the service's own problems. Their pages are under problemsPath, beside those of the library's.
var (
	uploadClosed = &problem.Type{
		Slug:    "upload-closed",
		Status:  http.StatusConflict,
		Title:   "Upload closed",
		Detail:  "The upload takes no more chunks.",
		Meaning: "A chunk has come after the end of its upload, and is not in the file.",
		Action:  "Read the metadata of the file. If the chunk is missing in it, upload the file anew, and end the upload only after the responses to all chunks.",
	}
	chunksMissing = &problem.Type{
		Slug:    "chunks-missing",
		Status:  http.StatusConflict,
		Title:   "Chunks missing",
		Detail:  "The upload cannot end before these positions have been sent.",
		Meaning: "The upload has a gap below its highest position. It stays open.",
		Action:  "Send the chunks of the positions listed, and end the upload again. The list has the first twenty at most.",
		Members: []problem.Member{{Name: "missing", Meaning: "The first positions for which there is no chunk.", Example: []int{1, 3}}},
	}
)

// problemPages show what each type means, and what a client does about it.
func problemPages() http.Handler { return problem.Pages(problemsPath, uploadClosed, chunksMissing) }

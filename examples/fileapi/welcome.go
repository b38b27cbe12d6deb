package main

import "strings"

// welcome is printed when the service listens: its address, and lines to paste into another shell.
func welcome(base string) string {
	return strings.ReplaceAll(`
The File API listens on BASE. Lines to paste:

  # a token for one tenant, and one for several
  token() { curl -s BASE/authentication/token -H 'Cache-Control: no-cache' -d "grant_type=client_credentials&client_id=$1&client_secret=$2" | sed 's/.*"access_token":"\([^"]*\)".*/\1/'; }
  ONE=$(token demo-single single-secret) MANY=$(token demo-multi multi-secret)

  # upload: 201, with the id of the file and its tag
  printf -- '--b\r\nContent-Type: application/json\r\n\r\n{"name":"TestFile.txt","businesstypeid":"7100"}\r\n--b\r\n\r\nThis is a test file\r\n--b--\r\n' |
    curl -si 'BASE/mft/v1.0/files?uploadType=multipart' -H "Authorization: Bearer $ONE" -H 'Content-Type: multipart/related;boundary=b' --data-binary @- | tee /tmp/upload
  ID=$(sed -n 's/.*"id":"\([^"]*\)".*/\1/p' /tmp/upload)

  # list: 200
  curl -si 'BASE/mft/v1.0/files?role=subscriber&$filter=businessType%20eq%207100&$orderBy=uploadDate%20desc' -H "Authorization: Bearer $ONE"

  # download: 200; in ranges: 206
  curl -si "BASE/mft/v1.0/files/$ID?role=subscriber" -H "Authorization: Bearer $ONE" -H 'Accept: application/octet-stream'
  curl -si "BASE/mft/v1.0/files/$ID?role=subscriber" -H "Authorization: Bearer $ONE" -H 'Range: bytes=0-3'

  # metadata: 200; the same with its tag: 304
  curl -si "BASE/mft/v1.0/files/$ID" -H "Authorization: Bearer $ONE" -H 'Accept: application/json' | tee /tmp/metadata
  TAG=$(sed -n 's/^[Ee][Tt]ag: \(.*\)\r$/\1/p' /tmp/metadata)
  curl -si "BASE/mft/v1.0/files/$ID" -H "Authorization: Bearer $ONE" -H 'Accept: application/json' -H "If-None-Match: $TAG"

  # update: 200; the same again: 409; without the tag: 428
  rename() { curl -si -X PATCH "BASE/mft/v1.0/files/$ID" -H "Authorization: Bearer $ONE" -H 'Content-Type: application/merge-patch+json' -d '{"name":"Renamed.txt"}' "$@"; }
  rename -H "If-Match: $TAG"
  rename -H "If-Match: $TAG"
  rename

  # another tenant: 404; no tenant, where the token has several: 400
  curl -si "BASE/mft/v1.0/files/$ID" -H "Authorization: Bearer $MANY" -H 'X-Raet-Tenant-Id: 7654321'
  curl -si "BASE/mft/v1.0/files/$ID" -H "Authorization: Bearer $MANY"

`, "BASE", base)
}

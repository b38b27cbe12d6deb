package main

import "strings"

// welcome is printed when the service listens: its address, where its data are, how to stop it, and lines to
// paste into another terminal.
func welcome(base, data string) string {
	return strings.NewReplacer("BASE", base, "DATA", data).Replace(`
What it can do, and what each problem means: BASE/openapi and BASE/problems/
The File API listens on BASE and keeps its data in DATA. Ctrl-C stops it.
Lines to paste into a bash:

  FILES=BASE/mft/v1.0/files
  token() { curl -s BASE/authentication/token -H 'Cache-Control: no-cache' -d "grant_type=client_credentials&client_id=$1&client_secret=$2" | sed 's/.*"access_token":"\([^"]*\)".*/\1/'; }
  ONE="Authorization: Bearer $(token demo-single single-secret)"
  MANY="Authorization: Bearer $(token demo-multi multi-secret)"

  # upload: 201
  printf -- '--b\r\nContent-Type: application/json\r\n\r\n{"name":"TestFile.txt","businesstypeid":"7100"}\r\n--b\r\n\r\nThis is a test file\r\n--b--\r\n' |
    curl -si "$FILES?uploadType=multipart" -H "$ONE" -H 'Content-Type: multipart/related;boundary=b' --data-binary @- | tee /tmp/upload
  ID=$(sed -n 's/.*"id":"\([^"]*\)".*/\1/p' /tmp/upload)

  # list: 200
  curl -si "$FILES?role=subscriber&\$filter=businessType%20eq%207100&\$orderBy=uploadDate%20desc" -H "$ONE"

  # download: 200; in ranges: 206
  curl -si "$FILES/$ID?role=subscriber" -H "$ONE" -H 'Accept: application/octet-stream'
  curl -si "$FILES/$ID?role=subscriber" -H "$ONE" -H 'Range: bytes=0-3'

  # metadata: 200; the same with its tag: 304
  curl -si "$FILES/$ID" -H "$ONE" -H 'Accept: application/json' | tee /tmp/metadata
  TAG=$(sed -n 's/^[Ee][Tt]ag: //p' /tmp/metadata | tr -d '\r')
  curl -si "$FILES/$ID" -H "$ONE" -H 'Accept: application/json' -H "If-None-Match: $TAG"

  # update: 200; the same again: 409; without the tag: 428
  rename() { curl -si -X PATCH "$FILES/$ID" -H "$ONE" -H 'Content-Type: application/merge-patch+json' -d '{"name":"Renamed.txt"}' "$@"; }
  rename -H "If-Match: $TAG"
  rename -H "If-Match: $TAG"
  rename

  # the same with a key, and once more because the response was lost: 200, 204
  TAG=$(curl -si "$FILES/$ID" -H "$ONE" -H 'Accept: application/json' | sed -n 's/^[Ee][Tt]ag: //p' | tr -d '\r')
  KEY="Idempotency-Key: $RANDOM-$RANDOM-$RANDOM"
  rename -H "If-Match: $TAG" -H "$KEY"
  rename -H "If-Match: $TAG" -H "$KEY"

  # another tenant: 404; no tenant, where the token has several: 400
  curl -si "$FILES/$ID" -H "$MANY" -H 'X-Raet-Tenant-Id: 7654321'
  curl -si "$FILES/$ID" -H "$MANY"

`)
}

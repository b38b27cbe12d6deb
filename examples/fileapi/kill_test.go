//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A process is killed in the middle of uploads and updates. After a restart everything that it answered
// for is there, and of the rest each is there whole or not at all.
func TestKill(t *testing.T) {
	data := filepath.Join(t.TempDir(), "fileapi.db")
	p := spawn(t, "-data", data)
	me := single(t, p.base)
	counter := me.upload(t, "counter-0", "")
	var made sync.Map // name of an upload that was answered, its path

	for round := range 3 {
		me.base = p.base // the token of the first process is good for all
		var workers sync.WaitGroup
		for worker := range 3 {
			workers.Go(func() {
				for i := 0; ; i++ {
					name := fmt.Sprintf("upload-%d-%d-%d", round, worker, i)
					a, err := me.tryUpload(name, content(name), "Prefer: "+[]string{"wait=10", "respond-async"}[i%2])
					if err != nil {
						return
					}
					id := a.header.Get("Location")
					made.Store(name, filesPath+id[strings.LastIndex(id, "/"):])
				}
			})
		}
		var updated int64
		counted := me.counted(t, counter)
		workers.Go(func() { updated = me.count(counter, counted) })
		time.Sleep(400 * time.Millisecond)
		p.kill()
		workers.Wait()

		p = spawn(t, "-data", data)
		me.base = p.base
		if now := me.counted(t, counter); now != updated && now != updated+1 {
			t.Fatalf("the counter stands at %d; answered were %d, and at most one was under way", now, updated)
		}
	}

	answered := 0
	made.Range(func(name, path any) bool {
		answered++
		me.eventually(t, path.(string))
		return true
	})
	if answered == 0 {
		t.Fatal("nothing was uploaded before the kills")
	}
	visible := 0
	for _, f := range me.all(t) {
		if !strings.HasPrefix(f.FileName, "upload-") {
			continue
		}
		visible++
		got := me.do(t, "GET", filesPath+"/"+f.FileID, "", acceptBytes).want(t, http.StatusOK)
		want, _ := io.ReadAll(content(f.FileName))
		if !bytes.Equal([]byte(got.body), want) {
			t.Errorf("%s has %d bytes, want %d", f.FileName, len(got.body), len(want))
		}
	}
	t.Logf("%d uploads answered, %d visible", answered, visible)
	if visible < answered || visible > answered+9 {
		t.Errorf("%d visible, %d answered; at most 9 were under way", visible, answered)
	}
}

// content is 600 KB, three pieces, that follow from the name.
func content(name string) io.Reader {
	var seed [32]byte
	copy(seed[:], name)
	return io.LimitReader(rand.NewChaCha8(seed), 600_000)
}

// count counts up from n in the name of a file until the service is gone, and returns how far it came.
func (c caller) count(path string, n int64) int64 {
	tag := "*"
	for {
		a, err := c.try("PATCH", path, strings.NewReader(fmt.Sprintf(`{"name":"counter-%d"}`, n+1)), mergePatch, "If-Match: "+tag)
		if err != nil || a.status != http.StatusOK {
			return n
		}
		tag = a.header.Get("ETag")
		n++
	}
}

func (c caller) counted(t *testing.T, path string) (n int64) {
	t.Helper()
	name := c.do(t, "GET", path, "", acceptJSON).want(t, http.StatusOK).json(t, "name").(string)
	if _, err := fmt.Sscanf(name, "counter-%d", &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// eventually waits for a file that was accepted.
func (c caller) eventually(t *testing.T, path string) {
	t.Helper()
	for range 100 {
		if c.do(t, "HEAD", path, "").status == http.StatusOK {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("%s was answered for and is not there", path)
}

// all returns the whole list.
func (c caller) all(t *testing.T) (entries []listEntry) {
	t.Helper()
	for index := 0; ; index++ {
		var page listView
		c.do(t, "GET", fmt.Sprintf("%s?$filter=status+eq+'all'&pageSize=1000&pageIndex=%d", filesPath, index), "").want(t, http.StatusOK).decode(t, &page)
		if len(page.Data) == 0 {
			return entries
		}
		entries = append(entries, page.Data...)
	}
}

//go:build unix

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"hash"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

// peakHeap returns a function that answers the most bytes that live and dead objects took since.
func peakHeap(t *testing.T) func() uint64 {
	runtime.GC()
	ctx, stop := context.WithCancel(t.Context())
	peak := make(chan uint64)
	go func() {
		var most uint64
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		for {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
			select {
			case <-ctx.Done():
				peak <- most
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	return func() uint64 {
		stop()
		return <-peak
	}
}

// 200 MB go up and come down through a process, client and server in one, whose heap stays under 64 MiB.
func TestStreams(t *testing.T) {
	const size = 200 << 20
	me := single(t, serve(t))
	peak := peakHeap(t)

	sent := sha256.New()
	source := io.TeeReader(io.LimitReader(rand.NewChaCha8([32]byte{1}), size), sent)
	uploaded, err := me.tryUpload("large.bin", source)
	if err != nil {
		t.Fatal(err)
	}
	path := filesPath + "/" + uploaded.want(t, http.StatusCreated).json(t, "id").(string)

	received, n := me.digest(t, path)
	if n != size || !bytes.Equal(received.Sum(nil), sent.Sum(nil)) {
		t.Fatalf("%d bytes came back, or others than the %d that were sent", n, size)
	}
	if most := peak(); most > 64<<20 {
		t.Fatalf("the heap grew to %d MiB", most>>20)
	} else {
		t.Logf("the heap grew to %d MiB", most>>20)
	}
}

// digest downloads without holding the content.
func (c caller) digest(t *testing.T, path string) (hash.Hash, int64) {
	t.Helper()
	r, _ := http.NewRequest("GET", c.base+path, nil)
	r.Header.Set("Authorization", "Bearer "+c.token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	h := sha256.New()
	n, err := io.Copy(h, response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s, %d bytes: %v", response.Status, n, err)
	}
	return h, n
}

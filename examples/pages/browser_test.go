package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser starts a headless Chromium, or skips the test where there is none.
func browser(t *testing.T) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
		}
	}
	if path == "" {
		t.Skip("no Chromium is installed")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// addresses are all pages, as the index lists them.
func addresses(t *testing.T, s *httptest.Server) []string {
	t.Helper()
	resp, err := http.Get(s.URL + "/problems/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	var index struct{ Types []struct{ Type string } }
	if err != nil || json.Unmarshal(body, &index) != nil || len(index.Types) < 10 {
		t.Fatalf("%v: %s", err, body)
	}
	list := []string{"/problems/"}
	for _, p := range index.Types {
		list = append(list, p.Type)
	}
	return list
}

func TestPagesInABrowser(t *testing.T) {
	s := httptest.NewServer(service())
	defer s.Close()
	browse(t, s.URL, addresses(t, s))
}

// The reference service has the pages of its own types, and one of its OpenAPI
// document.
func TestReferenceServiceInABrowser(t *testing.T) {
	browse(t, referenceService(t), []string{"/openapi", "/problems/", "/problems/upload-closed", "/problems/chunks-missing"})
}

// referenceService starts it, and returns its address.
func referenceService(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "fileapi")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-C", "../fileapi", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	service := exec.Command(binary, "-addr", "127.0.0.1:0", "-data", filepath.Join(dir, "fileapi.db"))
	service.Env = append(os.Environ(), "FILEAPI_POSTGRES_DSN=")
	out, err := service.StdoutPipe()
	if err == nil {
		err = service.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = service.Process.Kill()
		_ = service.Wait()
	})
	listens := regexp.MustCompile(`listens on (http://\S+)`)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if found := listens.FindStringSubmatch(lines.Text()); found != nil {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return found[1]
		}
	}
	t.Fatal("the reference service does not listen")
	return ""
}

// browse loads every page: without a message in the browser's console, it fits a
// phone and a desk, and is readable in the light and in the dark. With PAGES_SHOTS set
// to a folder, it leaves a picture of each page there.
func browse(t *testing.T, base string, addresses []string) {
	ctx := browser(t)
	var (
		mu       sync.Mutex
		messages []string
	)
	chromedp.ListenTarget(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *log.EventEntryAdded:
			messages = append(messages, e.Entry.Text)
		case *runtime.EventConsoleAPICalled:
			messages = append(messages, fmt.Sprint(e.Args))
		case *runtime.EventExceptionThrown:
			messages = append(messages, e.ExceptionDetails.Text)
		}
	})
	for _, address := range addresses {
		for _, width := range []int64{360, 1280} {
			for _, scheme := range []string{"light", "dark"} {
				name := fmt.Sprintf("%s, %d wide, %s", address, width, scheme)
				var (
					title, paper, ink, font string
					scroll                  int64
					shot                    []byte
				)
				err := chromedp.Run(ctx,
					log.Enable(),
					emulation.SetDeviceMetricsOverride(width, 800, 2, width < 500),
					emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
					chromedp.Navigate(base+address),
					chromedp.Text("h1", &title),
					chromedp.Evaluate(`document.documentElement.scrollWidth`, &scroll),
					chromedp.Evaluate(`getComputedStyle(document.body).backgroundColor`, &paper),
					chromedp.Evaluate(`getComputedStyle(document.body).color`, &ink),
					chromedp.Evaluate(`getComputedStyle(document.body).maxWidth`, &font),
					chromedp.FullScreenshot(&shot, 100),
				)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if title == "" || scroll > width {
					t.Errorf("%s: the heading is %q, and the page is %d wide", name, title, scroll)
				}
				if font == "none" {
					t.Errorf("%s: the style sheet does not apply", name)
				}
				if dark := brightness(t, paper) < brightness(t, ink); dark != (scheme == "dark") {
					t.Errorf("%s: %s on %s", name, ink, paper)
				}
				if dir := os.Getenv("PAGES_SHOTS"); dir != "" {
					file := strings.Trim(strings.ReplaceAll(strings.TrimPrefix(address, "/problems/")+fmt.Sprintf("-%d-%s.png", width, scheme), "/", "-"), "-")
					if err := os.WriteFile(filepath.Join(dir, file), shot, 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(messages) > 0 {
		t.Errorf("in the console: %q", messages)
	}
}

// brightness is the sum of a color's parts.
func brightness(t *testing.T, color string) (sum int) {
	t.Helper()
	var r, g, b int
	if _, err := fmt.Sscanf(color, "rgb(%d, %d, %d)", &r, &g, &b); err != nil {
		t.Fatalf("%s: %v", color, err)
	}
	return r + g + b
}

// The links of the pages lead somewhere, and a page that breaks the rules shows
// in the console: the test above can fail.
func TestLinksAndTheConsole(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/", service())
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'")
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<style>p{}</style><h1>Broken</h1>")
	})
	s := httptest.NewServer(mux)
	defer s.Close()
	ctx := browser(t)
	refused := make(chan string, 8)
	chromedp.ListenTarget(ctx, func(event any) {
		if e, ok := event.(*log.EventEntryAdded); ok {
			select {
			case refused <- e.Entry.Text:
			default:
			}
		}
	})
	var links []string
	err := chromedp.Run(ctx, log.Enable(), chromedp.Navigate(s.URL+"/broken"),
		chromedp.Navigate(s.URL+"/problems/"),
		chromedp.Evaluate(`[...document.links].map(a => a.href)`, &links))
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-refused:
	case <-time.After(20 * time.Second):
		t.Error("a style sheet that the policy refuses is not in the console")
	}
	for _, link := range links {
		if !strings.HasPrefix(link, s.URL) {
			continue
		}
		resp, err := http.Get(link)
		if err != nil || resp.StatusCode != 200 {
			t.Errorf("%s: %v %v", link, resp, err)
			continue
		}
		resp.Body.Close()
	}
	if len(links) < 15 {
		t.Errorf("%q", links)
	}
}

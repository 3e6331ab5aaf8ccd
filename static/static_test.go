package static

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"
)

func TestVendoredFilesAreAsPublished(t *testing.T) {
	doc, err := files.ReadFile("vendor/VENDOR.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	row := regexp.MustCompile(`(?m)^\| (\S+) \| (\S+) .*\| (\d+\.\d+\.\d+) \| (\S+) \| ([0-9a-f]{64}) \|$`)
	for _, m := range row.FindAllStringSubmatch(string(doc), -1) {
		name := "vendor/" + m[1]
		listed[name] = true
		if byName[name] == nil {
			t.Errorf("%s is listed and missing", name)
			continue
		}
		sum := sha256.Sum256(byName[name]().body())
		if got := hex.EncodeToString(sum[:]); got != m[5] {
			t.Errorf("%s: sha256 %s, VENDOR.md says %s", name, got, m[5])
		}
	}
	err = fs.WalkDir(files, "vendor", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path.Ext(name) != ".md" && !listed[strings.TrimSuffix(name, packed)] {
			t.Errorf("%s is not listed in VENDOR.md", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(listed) < 3 {
		t.Errorf("only %d files listed", len(listed))
	}
}

func TestPathHoldsTheHashOfTheContent(t *testing.T) {
	body, err := files.ReadFile("yike.css")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(body)
	if got, want := Path("yike.css"), "/static/yike."+hex.EncodeToString(sum[:])[:12]+".css"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := Path("vendor/htmx.min.js"); !regexp.MustCompile(`^/static/vendor/htmx\.min\.[0-9a-f]{12}\.js$`).MatchString(got) {
		t.Errorf("vendored: %s", got)
	}
	if got := Path("nothing.css"); got != "/static/nothing.css" {
		t.Errorf("an unknown name: %s", got)
	}
}

func TestHandler(t *testing.T) {
	css, etag := Path("yike.css"), byName["yike.css"]().etag
	zipped := strings.TrimSuffix(etag, `"`) + `-gz"`
	for _, c := range []struct {
		name, method, url, accept, match string
		status                           int
		encoding                         string
	}{
		{"a hashed address is served", "GET", css, "", "", 200, ""},
		{"a reader who takes gzip gets it", "GET", css, "br, gzip;q=0.8", "", 200, "gzip"},
		{"a reader who refuses gzip gets it plain", "GET", css, "gzip;q=0, br", "", 200, ""},
		{"what the reader has is not sent again", "GET", css, "", etag, 304, ""},
		{"a packed copy has its own tag", "GET", css, "gzip", zipped, 304, "gzip"},
		{"a plain copy does not stand for a packed one", "GET", css, "gzip", etag, 200, "gzip"},
		{"HEAD is answered", "HEAD", css, "", "", 200, ""},
		{"a name without hash is missing", "GET", "/static/yike.css", "", "", 404, ""},
		{"an old hash is missing", "GET", "/static/yike.000000000000.css", "", "", 404, ""},
		{"the folder is not listed", "GET", "/static/", "", "", 404, ""},
		{"the source is not served", "GET", "/static/static.go", "", "", 404, ""},
		{"the list of vendored files is not served", "GET", "/static/vendor/VENDOR.md", "", "", 404, ""},
		{"nothing above is reached", "GET", "/static/../go.mod", "", "", 404, ""},
		{"nothing can be sent here", "POST", css, "", "", 405, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, "http://yike.test/", nil)
			r.URL.Path = c.url
			r.Header.Set("Accept-Encoding", c.accept)
			r.Header.Set("If-None-Match", c.match)
			w := httptest.NewRecorder()
			Handler().ServeHTTP(w, r)
			if w.Code != c.status {
				t.Fatalf("status %d, want %d", w.Code, c.status)
			}
			h := w.Header()
			if h.Get("X-Content-Type-Options") != "nosniff" {
				t.Error("nosniff is missing")
			}
			if got := h.Get("Content-Encoding"); got != c.encoding {
				t.Errorf("encoding %q, want %q", got, c.encoding)
			}
			immutable := strings.Contains(h.Get("Cache-Control"), "immutable")
			if want := c.status == 200 || c.status == 304; immutable != want {
				t.Errorf("immutable is %v with status %d", immutable, c.status)
			}
			if c.status == 200 && h.Get("Content-Type") != "text/css; charset=utf-8" {
				t.Errorf("type %q", h.Get("Content-Type"))
			}
			if (c.status == 304 || c.method == "HEAD") && w.Body.Len() > 0 {
				t.Errorf("%d bytes sent", w.Body.Len())
			}
		})
	}
}

func TestGzipHoldsTheSameBytes(t *testing.T) {
	r := httptest.NewRequest("GET", "http://yike.test"+Path("vendor/tabler.min.css"), nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	w = httptest.NewRecorder()
	r.Header.Del("Accept-Encoding")
	Handler().ServeHTTP(w, r)
	if want := w.Body.Bytes(); len(want) < 100_000 || string(got) != string(want) {
		t.Errorf("%d bytes unpacked, want %d", len(got), len(want))
	}
}

// Every file that has a media type is reachable by its own address.
func TestEveryFileIsServed(t *testing.T) {
	for name, named := range byName {
		f := named()
		w := httptest.NewRecorder()
		Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://yike.test"+Path(name), nil))
		if w.Code != http.StatusOK || w.Body.Len() != len(f.body()) || w.Header().Get("Content-Type") != types[path.Ext(name)] {
			t.Errorf("%s: status %d, %d bytes, %s", name, w.Code, w.Body.Len(), w.Header().Get("Content-Type"))
		}
	}
}

// Styles must not fetch from elsewhere or lean on what Chromium 109 lacks.
func TestOurStylesAndScriptsKeepTheRules(t *testing.T) {
	for name, named := range byName {
		f := named()
		if strings.HasPrefix(name, "vendor/") {
			continue
		}
		text := regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(string(f.body()), "")
		for _, word := range []string{"color-mix(", "oklch(", "@import", "http://www.google", "https://", "eval(", "new Function", ".innerHTML", "document.write"} {
			if strings.Contains(text, word) {
				t.Errorf("%s uses %s", name, word)
			}
		}
	}
}

// Package static owns the files the browser loads as they are: our styles, our
// scripts, the icons and the vendored libraries (vendor/VENDOR.md). It knows
// how to name them by their content and how to serve them; it knows nothing of
// pages, people or data.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed *.css *.js *.svg vendor
var files embed.FS

// Prefix is where Handler must be mounted: mux.Handle("GET /static/", static.Handler()).
const Prefix = "/static/"

// types are the media types we serve; a file with another ending is not served.
var types = map[string]string{
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml; charset=utf-8",
	".png":  "image/png",
	".webp": "image/webp",
}

type file struct {
	url  string // full address, hash included
	etag string
	mime string
	body func() []byte
	gzip func() []byte // nil when smaller as it is; made at the first request
}

// packed ends the name of a file that is kept as gzip made it: it is served
// under the name before that, and most readers get it as it lies here.
const packed = ".gz"

// byName reads and hashes a file when a page first names it: a start does not
// wait for all of them.
var byName = load()

func load() map[string]func() *file {
	names := map[string]func() *file{}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		served := strings.TrimSuffix(name, packed)
		if err != nil || d.IsDir() || types[path.Ext(served)] == "" {
			return err
		}
		names[served] = sync.OnceValue(func() *file { return read(name, served) })
		return nil
	})
	if err != nil { // only an embed that contradicts itself could do this
		panic("static: " + err.Error())
	}
	return names
}

func read(name, served string) *file {
	kept, err := files.ReadFile(name)
	if err != nil { // as above
		panic("static: " + err.Error())
	}
	sum := sha256.Sum256(kept)
	hash, ext := hex.EncodeToString(sum[:])[:12], path.Ext(served)
	f := &file{
		url:  Prefix + strings.TrimSuffix(served, ext) + "." + hash + ext,
		etag: `"` + hash + `"`,
		mime: types[ext],
		body: func() []byte { return kept },
		gzip: sync.OnceValue(func() []byte { return compress(kept) }),
	}
	if name != served {
		f.body, f.gzip = sync.OnceValue(func() []byte { return unpack(kept) }), f.body
	}
	return f
}

// at returns the file that has this address, nil when none has.
func at(url string) *file {
	ext := path.Ext(url)
	stem := strings.TrimSuffix(strings.TrimPrefix(url, Prefix), ext)
	if dot := strings.LastIndexByte(stem, '.'); dot > 0 {
		if named := byName[stem[:dot]+ext]; named != nil && named().url == url {
			return named()
		}
	}
	return nil
}

// compress returns nil when gzip would not make the body smaller.
func compress(body []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(body); err != nil {
		return nil
	}
	if err := w.Close(); err != nil || b.Len() >= len(body) {
		return nil
	}
	return b.Bytes()
}

func unpack(kept []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(kept))
	if err != nil { // only an embed that contradicts itself could do this
		panic("static: " + err.Error())
	}
	body, err := io.ReadAll(r)
	if err != nil {
		panic("static: " + err.Error())
	}
	return body
}

// Path returns the address of a file, its content hash included: "yike.css"
// becomes "/static/yike.<12 hex digits>.css". An unknown name comes back
// without a hash, which Handler answers with 404.
func Path(name string) string {
	if named := byName[name]; named != nil {
		return named().url
	}
	return Prefix + name
}

// Handler serves the files at the addresses that Path gives, cacheable for
// ever because a changed file has another address. Anything else is 404.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		f := at(r.URL.Path)
		if f == nil {
			h.Set("Cache-Control", "no-store")
			http.Error(w, http.StatusText(http.StatusNotFound), http.StatusNotFound)
			return
		}
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Vary", "Accept-Encoding")
		h.Set("Content-Type", f.mime)
		body, etag := f.body, f.etag
		if acceptsGzip(r) && f.gzip() != nil {
			// The packed bytes differ, so their tag does too.
			body, etag = f.gzip, strings.TrimSuffix(etag, `"`)+`-gz"`
			h.Set("Content-Encoding", "gzip")
		}
		h.Set("ETag", etag)
		if match := r.Header.Get("If-None-Match"); match == "*" || strings.Contains(match, etag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Length", strconv.Itoa(len(body())))
		if r.Method == http.MethodGet {
			// A reader that has gone away is no fault of ours.
			_, _ = w.Write(body())
		}
	})
}

func acceptsGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			v, ok := strings.CutPrefix(strings.ReplaceAll(q, " ", ""), "q=")
			f, err := strconv.ParseFloat(v, 64)
			return !ok || err != nil || f > 0
		}
	}
	return false
}

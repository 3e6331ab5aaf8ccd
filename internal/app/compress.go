package app

import (
	"net/http"

	"github.com/klauspost/compress/gzhttp"
)

// compressed gzips pages at the cheapest level; static files come compressed
// already and event streams never are.
func compressed(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.CompressionLevel(1), gzhttp.MinSize(1400), gzhttp.EnableZstd(false),
		gzhttp.ContentTypes([]string{"text/html", "text/plain", "application/json", "text/csv"}))
	if err != nil {
		panic("gzhttp options: " + err.Error()) // constants above; the test of app runs this line
	}
	return wrap(next)
}

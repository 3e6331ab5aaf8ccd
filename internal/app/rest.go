package app

import (
	"context"
	"net/http"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// quiet is how long nobody may have asked for anything before the program gives
// back the memory that it keeps to be fast: an office PC has other work to do.
const quiet = time.Minute

// rest knows when the program was last at work. Its zero value has never been.
type rest struct {
	mu     sync.Mutex
	at     time.Time // of the last work
	busy   int       // requests in hand
	rested bool      // since then
}

// work notes that something is done at an instant.
func (r *rest) work(at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at, r.rested = at, false
}

// begin and end stand around a request.
func (r *rest) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy++
}

func (r *rest) end(at time.Time) {
	r.work(at)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy--
}

// inHand is how many requests are being answered.
func (r *rest) inHand() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.busy
}

// due says, once after each time of work, that it has been quiet long enough.
func (r *rest) due(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rested || r.busy > 0 || now.Sub(r.at) < quiet {
		return false
	}
	r.rested = true
	return true
}

// watched notes the requests that people make; those of a monitor are no work.
func (r *rest) watched(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/healthz" || req.URL.Path == "/readyz" {
			next.ServeHTTP(w, req)
			return
		}
		r.begin()
		defer func() { r.end(time.Now()) }()
		next.ServeHTTP(w, req)
	})
}

// restWhenQuiet gives memory back whenever it has been quiet for a while.
func (a *App) restWhenQuiet(ctx context.Context) {
	beat := time.NewTicker(quiet / 4)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-beat.C:
			if !a.rest.due(now) {
				continue
			}
			if err := a.DB.Rest(ctx); err != nil && ctx.Err() == nil {
				a.cfg.Log.Error("give memory back", "err", err)
			}
			runtime.GC() // pools let go of what they keep at the second collection
			debug.FreeOSMemory()
		}
	}
}

package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/netutil"
)

// Bounds of the listener that strangers reach.
const (
	rateConns  = 128 // at once; more wait in the queue of the system
	rateHeader = 5 * time.Second
	rateWhole  = 7 * time.Second // less than a shutdown has
)

// rateListen listens where clients answer how it was; nil when that is off.
func rateListen(ctx context.Context, addr string) (net.Listener, error) {
	if addr == "" {
		return nil, nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("端口 %s 已被占用，请用 --rate-addr 换一个 (address already in use): %w", addr, err)
	}
	if err != nil {
		return nil, fmt.Errorf("不能在 %s 上监听，请检查 --rate-addr (cannot listen): %w", addr, err)
	}
	return netutil.LimitListener(l, rateConns), nil
}

// rateBase is the address that stands in links: as it was set, else where the
// listener is reached, else "".
func rateBase(set string, l net.Listener) (string, error) {
	if set != "" && l == nil {
		return "", errors.New("设了 --rate-url 却没有 --rate-addr：客户的链接会打不开，请也设 --rate-addr (--rate-url needs --rate-addr: nobody would answer at such links)")
	}
	if set != "" {
		u, err := url.Parse(set)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			return "", fmt.Errorf("--rate-url %q 不是网址，例如 https://pj.example.com (not an address)", set)
		}
		return strings.TrimRight(set, "/"), nil
	}
	if l == nil {
		return "", nil
	}
	tcp, ok := l.Addr().(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return "http://" + l.Addr().String(), nil
	}
	for _, ip := range privateAddresses() {
		return fmt.Sprintf("http://%s:%d", ip, tcp.Port), nil
	}
	return fmt.Sprintf("http://127.0.0.1:%d", tcp.Port), nil
}

// rateProxies reads the proxies that are believed.
func rateProxies(list string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range strings.FieldsFunc(list, func(c rune) bool { return c == ',' || c == ' ' }) {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			var a netip.Addr
			if a, err = netip.ParseAddr(text); err == nil {
				p = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())
			}
		}
		if err != nil {
			return nil, fmt.Errorf("--rate-proxy %q 不是地址，例如 127.0.0.1 或 10.0.0.0/8 (not an address)", text)
		}
		out = append(out, p)
	}
	return out, nil
}

// rateServer serves strangers: each request has little time and little room, and
// a connection of its own, so that nobody keeps one.
func rateServer(site http.Handler, log *slog.Logger) *http.Server {
	s := &http.Server{
		Handler:           site,
		ReadHeaderTimeout: rateHeader,
		ReadTimeout:       rateWhole,
		WriteTimeout:      rateWhole,
		MaxHeaderBytes:    8 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	s.SetKeepAlivesEnabled(false)
	return s
}

// serveRatings serves the page for clients, if there is one, until it is shut.
func (a *App) serveRatings() {
	if a.rates == nil {
		return
	}
	if err := a.rates.Serve(a.in.rates); !errors.Is(err, http.ErrServerClosed) {
		a.cfg.Log.Error("page for ratings", "err", err)
	}
}

// shutRatings ends it; no whole request is cut. A stranger who sent half of one
// and no more is not waited for.
func (a *App) shutRatings(ctx context.Context) error {
	if a.rates == nil {
		return nil
	}
	err := a.rates.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return a.rates.Close()
	}
	return err
}

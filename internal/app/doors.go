package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// doors are where a process listens: for its people, for clients who have a
// link, and for a monitor. The latter two are nil when they are off.
type doors struct {
	main, rates, numbers net.Listener
	rateURL              string // with which links to the second begin
	rateProxies          []netip.Prefix
}

// openDoors listens everywhere or nowhere. It comes before the database is
// opened: a taken port is found out before a migration runs.
func openDoors(ctx context.Context, cfg Config) (d doors, err error) {
	defer func() {
		if err != nil {
			_ = d.close()
		}
	}()
	var lc net.ListenConfig
	if d.main, err = lc.Listen(ctx, "tcp", cfg.Addr); err != nil {
		d.main = nil
		if errors.Is(err, syscall.EADDRINUSE) {
			return d, fmt.Errorf("端口 %s 已被占用，请关掉占用它的程序，或用 --addr 换一个 (address already in use): %w", cfg.Addr, err)
		}
		return d, fmt.Errorf("不能在 %s 上监听，请检查 --addr (cannot listen): %w", cfg.Addr, err)
	}
	if d.rates, err = rateListen(ctx, cfg.RateAddr); err != nil {
		return d, err
	}
	if d.rateURL, err = rateBase(cfg.RateURL, d.rates); err != nil {
		return d, err
	}
	if d.rateProxies, err = rateProxies(cfg.RateProxy); err != nil {
		return d, err
	}
	d.numbers, err = metricsListen(ctx, cfg.MetricsAddr, cfg.MetricsToken)
	return d, err
}

// close closes those that are open.
func (d doors) close() error {
	var errs []error
	for _, l := range []net.Listener{d.main, d.rates, d.numbers} {
		if l != nil {
			errs = append(errs, l.Close())
		}
	}
	return errors.Join(errs...)
}

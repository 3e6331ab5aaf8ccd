package app

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"github.com/skip2/go-qrcode"

	"yike/handlers"
)

// onLAN turns an address of this machine alone into one that the local network
// reaches, on the same port.
func onLAN(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || (host != "127.0.0.1" && host != "localhost" && host != "::1") {
		return addr
	}
	return net.JoinHostPort("0.0.0.0", port)
}

// printLAN prints the addresses under which phones reach the product, and a QR
// code of the first.
func printLAN(out io.Writer, scheme string, at net.Addr) {
	tcp, ok := at.(*net.TCPAddr)
	if !ok {
		return
	}
	urls := reachable(scheme, tcp)
	if len(urls) == 0 {
		_, _ = fmt.Fprintln(out, "没有找到局域网地址，手机暂时连不上 (no address on a local network).")
		return
	}
	_, _ = fmt.Fprintln(out, "同一网络里的手机和电脑可以打开 (on the same network):")
	for _, u := range urls {
		_, _ = fmt.Fprintln(out, "  "+u)
	}
	if code, err := qrcode.New(urls[0], qrcode.Low); err == nil {
		_, _ = fmt.Fprintln(out, code.ToSmallString(false))
	}
}

// privateAddresses are those of this machine on local networks.
func privateAddresses() (out []net.IP) {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsPrivate() && n.IP.To4() != nil {
			out = append(out, n.IP)
		}
	}
	return out
}

// machine says where and how this process runs.
func (a *App) machine() handlers.Machine {
	m := handlers.Machine{Data: a.cfg.Data, Up: time.Since(a.meter.began), Addresses: a.addresses()}
	if at, ok := a.in.main.Addr().(*net.TCPAddr); ok {
		m.Listens = !at.IP.IsLoopback()
	}
	if data, err := filepath.Abs(a.cfg.Data); err == nil {
		m.Data = data
	}
	if a.cert != nil {
		m.Certificate = &handlers.Certificate{Fingerprint: a.cert.fingerprint(), Ends: a.cert.ends(), Own: a.cert.own}
	}
	return m
}

// addresses are where phones reach the product; none when it listens on this
// machine alone.
func (a *App) addresses() []string {
	if at, ok := a.in.main.Addr().(*net.TCPAddr); ok {
		return reachable(a.scheme(), at)
	}
	return nil
}

// reachable are the addresses on local networks under which a listener answers.
func reachable(scheme string, at *net.TCPAddr) (out []string) {
	list := privateAddresses()
	if !at.IP.IsUnspecified() {
		list = nil
		if at.IP.IsPrivate() {
			list = []net.IP{at.IP}
		}
	}
	for _, ip := range list {
		out = append(out, scheme+net.JoinHostPort(ip.String(), strconv.Itoa(at.Port)))
	}
	return out
}

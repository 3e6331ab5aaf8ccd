package app

import (
	"fmt"
	"io"
	"net"

	"github.com/skip2/go-qrcode"
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
	var urls []string
	for _, ip := range privateAddresses() {
		urls = append(urls, fmt.Sprintf("%s%s:%d", scheme, ip, tcp.Port))
	}
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

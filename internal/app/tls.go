package app

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// TLS on a branch's own network: with a certificate of the program's own, which
// a phone asks about once and whose fingerprint is shown to compare, or with one
// that the company gives.

const (
	certLife  = 2 * 365 * 24 * time.Hour
	certRenew = 30 * 24 * time.Hour // that are left when one's own is made anew
	certLook  = 10 * time.Second    // how often a given one is looked at
)

// certificate is the one that is served now.
type certificate struct {
	certFile, keyFile string
	own               bool // made here, and renewed
	now               func() time.Time

	mu     sync.Mutex
	cert   *tls.Certificate
	made   [2]time.Time // of the files, when they were read
	looked time.Time
}

// openCertificate reads the certificate that the configuration names, or makes
// one's own in the data folder; nil without TLS.
func openCertificate(cfg Config) (*certificate, error) {
	c := &certificate{certFile: cfg.TLSCert, keyFile: cfg.TLSKey, now: time.Now}
	switch {
	case cfg.TLSSelf && cfg.TLSCert+cfg.TLSKey != "":
		return nil, errors.New("--tls-self 和 --tls-cert 只能选一个 (either --tls-self or --tls-cert)")
	case cfg.TLSSelf:
		c.own = true
		c.certFile, c.keyFile = filepath.Join(cfg.Data, "tls", "cert.pem"), filepath.Join(cfg.Data, "tls", "key.pem")
		return c, c.keepOwn()
	case cfg.TLSCert == "" && cfg.TLSKey == "":
		return nil, nil
	case cfg.TLSCert == "" || cfg.TLSKey == "":
		return nil, errors.New("--tls-cert 和 --tls-key 要一起给 (--tls-cert and --tls-key go together)")
	}
	if err := c.read(); err != nil {
		return nil, fmt.Errorf("证书 %s 和 %s 用不了，请检查 --tls-cert 和 --tls-key (cannot use the certificate): %w", cfg.TLSCert, cfg.TLSKey, err)
	}
	return c, nil
}

// read reads both files.
func (c *certificate) read() error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return err
	}
	if pair.Leaf == nil {
		if pair.Leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
			return err
		}
	}
	c.cert, c.made = &pair, c.times()
	return nil
}

func (c *certificate) times() (out [2]time.Time) {
	for i, name := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(name); err == nil {
			out[i] = info.ModTime()
		}
	}
	return out
}

// get is the certificate for a connection. A given one is read again when its
// files have changed, one's own is made anew when it ends soon; where that fails
// the one before is served.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.looked) >= certLook || now.Before(c.looked) {
		c.looked = now
		switch {
		case c.own && c.cert.Leaf.NotAfter.Sub(now) < certRenew:
			_ = c.keepOwn()
		case !c.own && c.times() != c.made:
			_ = c.read()
		}
	}
	return c.cert, nil
}

// fingerprint is what a person compares with what the browser shows.
func (c *certificate) fingerprint() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var parts []string
	for _, b := range sha256.Sum256(c.cert.Certificate[0]) {
		parts = append(parts, fmt.Sprintf("%02X", b))
	}
	return strings.Join(parts, ":")
}

// ends is when the one that is served is no longer good.
func (c *certificate) ends() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cert.Leaf.NotAfter
}

// keepOwn reads one's own certificate, and makes it where there is none, it ends
// soon, or this machine has come to other addresses. Its key stays.
func (c *certificate) keepOwn() error {
	names, addresses := ownNames()
	if err := c.read(); err == nil && c.cert.Leaf.NotAfter.Sub(c.now()) >= certRenew && !c.now().Before(c.cert.Leaf.NotBefore) && covers(c.cert.Leaf, addresses) {
		return nil
	}
	key, err := ownKey(c.keyFile)
	if err != nil {
		return fmt.Errorf("不能建 TLS 密钥，请检查数据文件夹的权限 (cannot make the TLS key): %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	now := c.now()
	wanted := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Yike " + names[0]}, NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(certLife),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true, DNSNames: names, IPAddresses: addresses,
	}
	raw, err := x509.CreateCertificate(rand.Reader, wanted, wanted, &key.PublicKey, key)
	if err == nil {
		err = writeWhole(c.certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
	}
	if err != nil {
		return fmt.Errorf("不能建 TLS 证书，请检查数据文件夹的权限 (cannot make the TLS certificate): %w", err)
	}
	return c.read()
}

// ownKey reads the key of one's own certificate, or makes it.
func ownKey(file string) (*ecdsa.PrivateKey, error) {
	if text, err := os.ReadFile(file); err == nil {
		if block, _ := pem.Decode(text); block != nil {
			if k, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
				if key, ok := k.(*ecdsa.PrivateKey); ok {
					return key, nil
				}
			}
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, writeWhole(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
}

// writeWhole writes a file that only its owner reads, whole or not at all.
func writeWhole(file string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".part-*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// ownNames are the names and addresses of this machine.
func ownNames() (names []string, addresses []net.IP) {
	if host, err := os.Hostname(); err == nil && host != "" && !strings.ContainsFunc(host, func(c rune) bool { return c > 126 }) { // a certificate holds no Chinese name
		names = append(names, host)
	}
	names = append(names, "localhost")
	addresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	return names, append(addresses, privateAddresses()...)
}

// covers says whether a certificate is for each of the addresses.
func covers(c *x509.Certificate, addresses []net.IP) bool {
	for _, a := range addresses {
		if !slices.ContainsFunc(c.IPAddresses, a.Equal) {
			return false
		}
	}
	return true
}

// bothWays takes TLS connections out of a listener, and leads whoever speaks
// plain HTTP to the same port over to https.
type bothWays struct {
	net.Listener
	safe  chan net.Conn
	plain chan net.Conn
	done  chan struct{}
	once  sync.Once
}

// firstByte is how long a client may take to say which it speaks.
const firstByte = 10 * time.Second

// splitTLS returns the listener of TLS connections; others are answered by a
// server of their own until it is closed.
func splitTLS(l net.Listener) *bothWays {
	b := &bothWays{Listener: l, safe: make(chan net.Conn), plain: make(chan net.Conn), done: make(chan struct{})}
	lead := &http.Server{Handler: http.HandlerFunc(toHTTPS), ReadTimeout: firstByte, WriteTimeout: firstByte, MaxHeaderBytes: 16 << 10}
	lead.SetKeepAlivesEnabled(false)
	go b.take()
	go func() { _ = lead.Serve(plainSide{b}) }()
	return b
}

// toHTTPS answers a request in plain HTTP. Pages that somebody typed are led
// over; what a program sends in the clear, forms and addresses that are secrets,
// is refused, so that it is noticed.
func toHTTPS(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || strings.HasPrefix(r.URL.Path, "/calendar/") {
		http.Error(w, "请改用 https:// 打开 (use https://)", http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, "https://"+r.Host+r.URL.RequestURI(), http.StatusTemporaryRedirect) // a browser keeps a permanent one when TLS is off again
}

// mostRefused is how many lines may fail one after the other, each after a pause,
// before the listener is given up: a full table of open files passes.
const mostRefused = 600

func (b *bothWays) take() {
	for faults := 0; ; {
		c, err := b.Listener.Accept()
		if err == nil {
			faults = 0
			go b.sort(c)
			continue
		}
		if faults++; errors.Is(err, net.ErrClosed) || faults > mostRefused {
			_ = b.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// sort looks at the first byte: 22 begins a TLS handshake.
func (b *bothWays) sort(c net.Conn) {
	first := make([]byte, 1)
	_ = c.SetReadDeadline(time.Now().Add(firstByte))
	if _, err := c.Read(first); err != nil {
		_ = c.Close()
		return
	}
	_ = c.SetReadDeadline(time.Time{})
	to := b.plain
	if first[0] == 22 {
		to = b.safe
	}
	select {
	case to <- &begun{Conn: c, first: bytes.NewReader(first)}:
	case <-b.done:
		_ = c.Close()
	}
}

// Accept returns the next TLS connection.
func (b *bothWays) Accept() (net.Conn, error) { return b.next(b.safe) }

func (b *bothWays) next(from chan net.Conn) (net.Conn, error) {
	select {
	case c := <-from:
		return c, nil
	case <-b.done:
		return nil, net.ErrClosed
	}
}

// Close closes both sides.
func (b *bothWays) Close() error {
	var err error
	b.once.Do(func() {
		close(b.done)
		err = b.Listener.Close()
	})
	return err
}

// plainSide is the listener of those who speak plain HTTP.
type plainSide struct{ *bothWays }

func (p plainSide) Accept() (net.Conn, error) { return p.next(p.plain) }

// begun is a connection whose first byte was read already.
type begun struct {
	net.Conn
	first *bytes.Reader
}

func (b *begun) Read(p []byte) (int, error) {
	if b.first.Len() > 0 {
		return b.first.Read(p)
	}
	return b.Conn.Read(p)
}

// serveMain serves the product on its listener until it is shut.
func (a *App) serveMain() error {
	if a.cert == nil {
		return a.server.Serve(a.in.main)
	}
	a.server.TLSConfig = &tls.Config{GetCertificate: a.cert.get, MinVersion: tls.VersionTLS12}
	return a.server.ServeTLS(splitTLS(a.in.main), "", "")
}

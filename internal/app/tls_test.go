package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yike/db/dbtest"
)

// trusting is a browser that trusts one certificate and no other.
func trusting(t *testing.T, pem []byte) *person {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatal("no certificate")
	}
	p := newPerson(t)
	p.http.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true}
	return p
}

// TestTLSWithACertificateOfItsOwn: it is made once and kept over starts, the
// pages and their cookies are safe, and whoever types http is led over.
func TestTLSWithACertificateOfItsOwn(t *testing.T) {
	folder := t.TempDir()
	o := startOffice(t, Config{Data: folder, TLSSelf: true})
	if !strings.HasPrefix(o.url, "https://") || len(o.cert.fingerprint()) != 95 {
		t.Fatalf("%s, fingerprint %s", o.url, o.cert.fingerprint())
	}
	pem, err := os.ReadFile(filepath.Join(folder, "tls", "cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	p := trusting(t, pem)
	res, err := p.http.PostForm(o.url+"/login", url.Values{"username": {"boss"}, "password": {dbtest.Password}})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("sign in: %d, %v", res.StatusCode, res.Header)
	}
	safe := 0
	for _, c := range res.Cookies() {
		if c.HttpOnly && !c.Secure {
			t.Errorf("cookie %s goes over plain HTTP, too", c.Name)
		}
		safe++
	}
	if status, _ := p.get(o.url + "/customers"); safe == 0 || status != http.StatusOK {
		t.Errorf("%d cookies, then %d", safe, status)
	}

	plain := "http://" + strings.TrimPrefix(o.url, "https://")
	res, err = newPerson(t).http.Get(plain + "/customers?class=A")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusTemporaryRedirect || res.Header.Get("Location") != o.url+"/customers?class=A" {
		t.Errorf("http is led to %d %s", res.StatusCode, res.Header.Get("Location"))
	}
	if status, _ := newPerson(t).get(plain + "/calendar/a-secret-address.ics"); status != http.StatusBadRequest {
		t.Errorf("a secret address over http: %d", status)
	}
	if c, err := tls.Dial("tcp", strings.TrimPrefix(o.url, "https://"), &tls.Config{RootCAs: p.http.Transport.(*http.Transport).TLSClientConfig.RootCAs, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		_ = c.Close()
		t.Error("it speaks TLS 1.1")
	}
	if status, body := newPerson(t).post(plain+"/login", url.Values{"username": {"boss"}, "password": {dbtest.Password}}); status != http.StatusBadRequest || !strings.Contains(body, "https://") {
		t.Errorf("a password over http: %d %s", status, body)
	}
	silent := dial(t, &office{url: plain}) // says nothing, and keeps nobody from stopping
	defer silent.Close()
	was := o.cert.fingerprint()
	if err := o.stop(); err != nil {
		t.Fatal(err)
	}
	again, err := openCertificate(Config{Data: folder, TLSSelf: true})
	if err != nil || again.fingerprint() != was {
		t.Errorf("after a start it is another one: %v", err)
	}
	// Soon before its end it is made anew, with the same key.
	key := again.cert.Leaf.RawSubjectPublicKeyInfo
	again.now = func() time.Time { return time.Now().Add(certLife - certRenew + time.Hour) }
	next, err := again.get(nil)
	if err != nil || again.fingerprint() == was || string(next.Leaf.RawSubjectPublicKeyInfo) != string(key) || next.Leaf.NotAfter.Before(time.Now().Add(certLife)) {
		t.Errorf("it is not renewed: until %s, %v", next.Leaf.NotAfter, err)
	}
	if info, err := os.Stat(filepath.Join(folder, "tls", "key.pem")); err != nil || info.Mode().Perm() != 0o600 && os.PathSeparator == '/' {
		t.Errorf("others may read the key: %v, %v", info, err)
	}
}

// TestTLSWithAGivenCertificate: it is read again when its files change; what
// cannot be used is one sentence.
func TestTLSWithAGivenCertificate(t *testing.T) {
	t.Parallel()
	fresh := func() (string, string) {
		dir := t.TempDir()
		if _, err := openCertificate(Config{Data: dir, TLSSelf: true}); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, "tls", "cert.pem"), filepath.Join(dir, "tls", "key.pem")
	}
	cert, key := fresh()
	other, otherKey := fresh()
	c, err := openCertificate(Config{TLSCert: cert, TLSKey: key})
	if err != nil {
		t.Fatal(err)
	}
	was := c.fingerprint()
	copyFile := func(from, to string) {
		t.Helper()
		text, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(to, text, 0o600)
		}
		if err == nil {
			err = os.Chtimes(to, time.Now(), time.Now().Add(time.Minute))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	at := time.Now()
	c.now = func() time.Time { return at }
	copyFile(other, cert) // the key does not fit yet: the one before is served
	at = at.Add(time.Minute)
	if _, err := c.get(nil); err != nil || c.fingerprint() != was {
		t.Errorf("half a change: %v", err)
	}
	copyFile(otherKey, key)
	at = at.Add(time.Minute)
	if _, err := c.get(nil); err != nil || c.fingerprint() == was {
		t.Errorf("the new one is not served: %v", err)
	}
	for name, cfg := range map[string]Config{
		"both kinds":         {TLSSelf: true, TLSCert: cert, TLSKey: key},
		"a certificate only": {TLSCert: cert},
		"a key only":         {TLSKey: key},
		"no file":            {TLSCert: cert + "x", TLSKey: key},
		"a foreign key":      {TLSCert: cert, TLSKey: func() string { _, k := fresh(); return k }()},
	} {
		if _, err := openCertificate(cfg); err == nil || !strings.Contains(err.Error(), "--tls-cert") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSlowHandshakesKeepNobodyOut: lines that say nothing at all are sorted apart
// from those that speak.
func TestSlowHandshakesKeepNobodyOut(t *testing.T) {
	folder := t.TempDir()
	o := startOffice(t, Config{Data: folder, TLSSelf: true})
	for range 100 {
		dial(t, &office{url: "http://" + strings.TrimPrefix(o.url, "https://")})
	}
	pem, err := os.ReadFile(filepath.Join(folder, "tls", "cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second) // less than the lines are given
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, o.url+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := trusting(t, pem).http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if b, err := io.ReadAll(res.Body); err != nil || string(b) != "ok\n" {
		t.Errorf("%q, %v", b, err)
	}
}

package app

import (
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yike/db/dbtest"
	"yike/views"
)

// TestEveryJobHasAWord: the page of how the program runs names each in words.
func TestEveryJobHasAWord(t *testing.T) {
	o := startOffice(t, Config{})
	newPerson(t).get(o.url + "/healthz") // it serves
	if len(o.runner.Jobs) < 10 {
		t.Fatalf("%d jobs", len(o.runner.Jobs))
	}
	for _, j := range o.runner.Jobs {
		if !views.KnownJob(j.Name) {
			t.Errorf("the job %q has no word in views/system.go", j.Name)
		}
	}
}

// TestTheSystemPageOfARunningProgram says where this process keeps its data and
// with which certificate it serves, and its diagnosis is a real one.
func TestTheSystemPageOfARunningProgram(t *testing.T) {
	o := startOffice(t, Config{Version: "v9.8.7", TLSSelf: true})
	pem, err := os.ReadFile(filepath.Join(o.cfg.Data, "tls", "cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	admin := trusting(t, pem)
	if status, _ := admin.post(o.url+"/login", url.Values{"username": {"admin"}, "password": {dbtest.Password}}); status != http.StatusSeeOther {
		t.Fatalf("sign in: %d", status)
	}
	status, body := admin.get(o.url + "/system")
	for _, want := range []string{"v9.8.7", o.cfg.Data, o.cert.fingerprint(), o.cert.ends().Format("2006"), "--lan"} {
		if status != 200 || !strings.Contains(body, want) {
			t.Errorf("%d: the page lacks %q", status, want)
		}
	}
	status, body = admin.post(o.url+"/system/diagnosis", nil)
	if status != 200 {
		t.Fatalf("the diagnosis: %d", status)
	}
	files := unzip(t, []byte(body))
	if !strings.Contains(files["about.json"], "v9.8.7") || files["metrics.txt"] == "" {
		t.Errorf("the diagnosis holds %d files", len(files))
	}
}

func TestWherePhonesReachIt(t *testing.T) {
	own := privateAddresses()
	for name, c := range map[string]struct {
		ip   net.IP
		want []string
	}{
		"one address on the local network":   {net.IPv4(192, 168, 1, 20), []string{"http://192.168.1.20:8080"}},
		"this machine alone":                 {net.IPv4(127, 0, 0, 1), nil},
		"an address of the Internet is none": {net.IPv4(8, 8, 8, 8), nil},
	} {
		if got := reachable("http://", &net.TCPAddr{IP: c.ip, Port: 8080}); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if got := reachable("https://", &net.TCPAddr{IP: net.IPv4zero, Port: 8443}); len(got) != len(own) {
		t.Errorf("all addresses: %v, the machine has %v", got, own)
	}
}

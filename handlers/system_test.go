package handlers_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/handlers"
	"yike/policy"
)

// TestTheSystemPage is the administrator's: where phones open the product, how it
// stands, and the diagnosis, which leaves a record.
func TestTheSystemPage(t *testing.T) {
	m := handlers.Machine{Data: "/srv/yike", Up: 3 * time.Hour, Listens: true, Addresses: []string{"https://192.168.1.20:8080", "https://10.0.0.7:8080"},
		Certificate: &handlers.Certificate{Fingerprint: "AB:CD:EF", Ends: dbtest.Start.Add(400 * 24 * time.Hour), Own: true}}
	left := uint64(12_345_678_901)
	s, _ := newSiteOf(t, handlers.Config{Version: "v1.2.3", Machine: func() handlers.Machine { return m },
		DiskLeft: func() (uint64, error) { return left, nil },
		Diagnose: func(_ context.Context, w io.Writer) error { _, err := io.WriteString(w, "PK a bundle"); return err }})
	lease, err := s.DB.ClaimJob(t.Context(), "radar", "2026-11-21", "test", time.Minute)
	if err != nil || !lease {
		t.Fatal(lease, err)
	}
	s.run([]scenario{
		{"a stranger signs in first", "", "", "/system", nil, 303, []string{"/login"}, nil},
		{"a branch manager has no business there", "boss", "", "/system", nil, 403, nil, []string{"192.168"}},
		{"nor with the diagnosis", "boss", "POST", "/system/diagnosis", nil, 403, nil, []string{"PK"}},
		{"the administrator sees it all", "admin", "", "/system", nil, 200, []string{"https://192.168.1.20:8080", "https://10.0.0.7:8080", "data:image/png;base64,", "v1.2.3",
			"SQLite 3.", "3 小时", "12.3 GB", "AB:CD:EF", "/srv/yike", "程序自己做的", "算件量雷达", "正在做", `href="/backups"`}, []string{"--lan", "--tls-self", "快到期", "已经过期", "快满了"}},
	})
	m.Certificate.Own, m.Certificate.Ends, left = false, dbtest.Start.Add(29*24*time.Hour), 99<<20
	if a := s.as("admin").get("/system"); !strings.Contains(a.body, "公司给的") || !strings.Contains(a.body, "快到期了") || !strings.Contains(a.body, "快满了") {
		t.Errorf("a given certificate that ends soon: %s", excerpt(a.body))
	}
	m.Certificate.Ends = dbtest.Start.Add(-time.Hour)
	if a := s.as("admin").get("/system"); !strings.Contains(a.body, "已经过期") {
		t.Errorf("a certificate that has ended: %s", excerpt(a.body))
	}
	m.Addresses = nil
	if a := s.as("admin").get("/system"); !strings.Contains(a.body, "没有找到局域网地址") || strings.Contains(a.body, "data:image/png") {
		t.Errorf("no network: %s", excerpt(a.body))
	}
	m.Listens, m.Certificate = false, nil
	if a := s.as("admin").get("/system"); !strings.Contains(a.body, "--lan") || !strings.Contains(a.body, "--tls-self") || strings.Contains(a.body, "data:image/png") {
		t.Errorf("only this machine: %s", excerpt(a.body))
	}
}

// TestTheDiagnosisLeavesARecord, and only when it was handed out.
func TestTheDiagnosisLeavesARecord(t *testing.T) {
	var fault error
	s, _ := newSiteOf(t, handlers.Config{Diagnose: func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, "PK a bundle")
		return errors.Join(err, fault)
	}})
	recorded := func() (n int) {
		t.Helper()
		list, err := s.Audits(t.Context(), policy.SystemActor("test").Scope(policy.AuditRead), db.AuditFilter{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list.Records {
			if r.Act == "system.diagnosis" {
				n++
			}
		}
		return n
	}
	a := s.as("admin").post("/system/diagnosis", nil)
	if a.status != 200 || a.body != "PK a bundle" || a.head.Get("Content-Type") != "application/zip" || !strings.Contains(a.head.Get("Content-Disposition"), "yike-diagnose-20261121-") {
		t.Errorf("%d %q %v", a.status, a.body, a.head)
	}
	if n := recorded(); n != 1 {
		t.Errorf("it is on record %d times", n)
	}
	fault = errors.New("the disk is gone")
	if a := s.as("admin").post("/system/diagnosis", nil); a.status != 500 || strings.Contains(a.body, "PK") || recorded() != 1 {
		t.Errorf("a diagnosis that failed: %d, %d records", a.status, recorded())
	}
}

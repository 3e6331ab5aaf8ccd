package app

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNothingOfAnybodyStandsInTheLog(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"a mobile number":          {"call 13871239846 now", "call … now"},
		"one with blanks":          {"138 7123 9846", "…"},
		"a landline":               {"0571-88123456", "…"},
		"two numbers":              {"13871239846 13900001111", "…"},
		"a number behind a day":    {"2026-11-22 13871239846", "…"},
		"a number behind an id":    {"381234567890123456 13871239846", "…"},
		"a number of an ID card":   {"330106199001011234", "330106199001011234"}, // as long as an id of ours; it is never in an error, see below
		"one with its letter":      {"33010619900101123X", "…X"},
		"a waybill":                {"waybill 773012345678901", "waybill …"},
		"a Chinese name":           {"customer 王小明 (HZ01)", "customer … (HZ01)"},
		"a company with its parts": {"盛达电子（杭州）有限公司A座", "…"},
		"mail":                     {"to zhang.san@example.com.cn: refused", "to …: refused"},
		"what was typed":           {`strconv.ParseInt: parsing "zhangsan": invalid syntax`, `strconv.ParseInt: parsing "…": invalid syntax`},
		"a constraint of ours":     {`violates unique constraint "customers_pkey"`, `violates unique constraint "customers_pkey"`},
		"an id":                    {"customer 381234567890123456: not found", "customer 381234567890123456: not found"},
		"a day and an hour":        {"2026-11-22 and 2026-11-22 08", "2026-11-22 and 2026-11-22 08"},
		"a status":                 {"status 502 after 1200 ms", "status 502 after 1200 ms"},
	} {
		if got := cleaned(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	var out strings.Builder
	log := newLog(&out, true, nil, new(lastFaults)).With("who", "王小明")
	log.Info("request failed", "err", fmt.Errorf("customer %q: %w", "王小明", errors.New("phone 13871239846")), slog.Group("g", "name", "李四"), "n", int64(13871239846123))
	for _, word := range []string{"王", "李", "13871239846 "} {
		if strings.Contains(out.String(), word) {
			t.Errorf("%s stands in %s", word, out.String())
		}
	}
	if !strings.Contains(out.String(), "request failed") || !strings.Contains(out.String(), "13871239846123") {
		t.Errorf("our own words and numbers are gone: %s", out.String())
	}
}

func TestTheLogTurnsIntoANewFileAndKeepsFive(t *testing.T) {
	folder := t.TempDir()
	l, err := openLog(folder)
	if err != nil {
		t.Fatal(err)
	}
	l.most = 100
	for i := range 100 {
		if _, err := fmt.Fprintf(l, "line %03d of the log, thirty bytes\n", i); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "log", "*"))
	if err != nil || len(files) != logFiles {
		t.Errorf("%d files, %v", len(files), err)
	}
	for name, want := range map[string]string{"yike.log": "line 099", "yike.1.log": "line 097"} {
		if b, err := os.ReadFile(filepath.Join(folder, "log", name)); err != nil || !strings.Contains(string(b), want) || len(b) > 100 {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	// A folder that cannot be written to any more stops nobody.
	if l, err = openLog(folder); err != nil {
		t.Fatal(err)
	}
	l.most = 10
	if err := os.RemoveAll(filepath.Join(folder, "log")); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Write([]byte("a line that wants a new file\n")); err != nil {
		t.Error(err)
	}
}

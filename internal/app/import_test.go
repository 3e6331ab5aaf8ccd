package app

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yike/internal/sheet"
)

func TestARegisterIsImportedByCommandWithAReport(t *testing.T) {
	data := company(t)
	register := filepath.Join("..", "sheet", "testdata", "samples", "客户台账_杭州城西网点.xlsx")
	report := filepath.Join(t.TempDir(), "failed.xlsx")
	args := func(more ...string) []string {
		return append([]string{"import", "customers", register, "--branch", "HZ01", "--area", "0571", "--report", report, "--data", data}, more...)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"a kind that is none", []string{"import", "parcels", register, "--branch", "HZ01", "--data", data}, 2, "customers"},
		{"a branch that is none", []string{"import", "customers", register, "--branch", "ZZ", "--data", data}, 2, "--branch"},
		{"a key that is none", args("--key", "shoe_size"), 2, "shoe_size"},
		{"a missing file", []string{"import", "customers", "missing.xlsx", "--branch", "HZ01", "--data", data}, 1, "读不了文件"},
		{"looked at only", args("--dry-run"), 0, "新建 (new) 260，更新 (updated) 0，跳过 (skipped) 18，错误 (failed) 6"},
		{"taken", args(), 0, "已导入"},
		{"brought again, all is there", args(), 0, "新建 (new) 0"},
	} {
		code, out, errOut := yike(t, "", c.args...)
		if code != c.code || !strings.Contains(out+errOut, c.want) {
			t.Errorf("%s: exit %d, %q %q; want %d and %q", c.name, code, out, errOut, c.code, c.want)
		}
	}
	book, err := sheet.Open(report, sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows := 0
	for _, err := range book.Rows(context.Background(), "") {
		if err != nil {
			t.Fatal(err)
		}
		rows++
	}
	if rows != 7 {
		t.Errorf("the report has %d rows, want the headings and 6", rows)
	}
	if s, err := os.Stat(report); err != nil || s.Mode().Perm()&0o077 != 0 {
		t.Errorf("the report can be read by others: %v %v", s.Mode(), err)
	}
}

func TestAnOldRegisterIsImportedByCommand(t *testing.T) {
	data := company(t)
	args := []string{"import", "cases", filepath.Join("..", "sheet", "testdata", "samples", "投诉登记本.xlsx"), "--branch", "HZ01", "--data", data}
	for _, want := range []string{"新建 (new) 150，更新 (updated) 0，跳过 (skipped) 0，错误 (failed) 0", "新建 (new) 0，更新 (updated) 0，跳过 (skipped) 150，错误 (failed) 0"} {
		if code, out, errOut := yike(t, "", args...); code != 0 || !strings.Contains(out, want) {
			t.Errorf("exit %d, %q %q; want %q", code, out, errOut, want)
		}
	}
}

func TestALargeBillIsTakenByCommandWhileItIsJudged(t *testing.T) {
	defer func(was int64) { straightBill = was }(straightBill)
	data := company(t)
	bill := filepath.Join("..", "sheet", "testdata", "samples", "运单明细_2026年10月.xlsx")
	args := func(more ...string) []string {
		return append([]string{"import", "waybills", bill, "--branch", "HZ01", "--report", filepath.Join(t.TempDir(), "failed.xlsx"), "--data", data}, more...)
	}
	_, dry, _ := yike(t, "", args("--dry-run")...)
	said, _, _ := strings.Cut(dry, "\n") // how many are new, corrected, passed over, faulty
	if !strings.HasPrefix(said, "新建 (new) ") || strings.HasPrefix(said, "新建 (new) 0") {
		t.Fatalf("looked at only: %q", dry)
	}
	straightBill = 0
	code, out, errOut := yike(t, "", args()...)
	if code != 0 || !strings.HasPrefix(out, said+"\n") || !strings.Contains(out, "已导入") {
		t.Errorf("taken: exit %d, %q %q, want %q", code, out, errOut, said)
	}
	if code, out, errOut = yike(t, "", args()...); code != 0 || !strings.HasPrefix(out, "新建 (new) 0") {
		t.Errorf("brought again: exit %d, %q %q", code, out, errOut)
	}
}

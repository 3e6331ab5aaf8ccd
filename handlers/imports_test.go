package handlers_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"yike/internal/jobs"
	"yike/internal/sheet"
	"yike/policy"
)

// upload sends a file as the form does; work runs the task that follows.
func (v *visitor) upload(kind, branch, name string, content []byte) answer {
	v.s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for k, x := range map[string]string{"kind": kind, "branch": branch} {
		if err := form.WriteField(k, x); err != nil {
			v.s.t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		v.s.t.Fatal(err)
	}
	return v.do(http.MethodPost, "/imports", &body, form.FormDataContentType())
}

func (s *site) work() {
	r := &jobs.Runner{DB: s.DB, Log: slog.New(slog.NewTextHandler(s.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})), Tasks: jobs.NewImporter(s.DB).Tasks()}
	r.RunTasks(context.Background())
}

func sample(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "internal", "sheet", "testdata", "samples", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

var versionField = regexp.MustCompile(`name="version" value="(\d+)"`)

func version(t *testing.T, a answer) string {
	t.Helper()
	m := versionField.FindStringSubmatch(a.body)
	if m == nil {
		t.Fatalf("no version in the page\n%s", excerpt(a.body))
	}
	return m[1]
}

func TestARegisterIsBroughtLookedAtTakenAndTakenBack(t *testing.T) {
	s := newSite(t)
	boss := s.as("boss")
	a := boss.upload("customers", id(s.West), "客户台账.xlsx", sample(t, "客户台账_杭州城西网点.xlsx"))
	if a.status != http.StatusSeeOther || !strings.HasPrefix(a.to(), "/imports/") {
		t.Fatalf("upload: %d to %q\n%s", a.status, a.to(), excerpt(a.body))
	}
	at := a.to()
	if a = boss.get(at); !strings.Contains(a.body, "正在看文件") || !strings.Contains(a.body, at+"/progress") {
		t.Fatalf("while it is judged: %s", excerpt(a.body))
	}
	s.work()
	a = boss.get(at)
	for _, want := range []string{"导入 260 位客户", "隐藏的「2022旧表」没有读", "表头在第 3、4 行", "何家骏", "下载错误行"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the preview lacks %q", want)
		}
	}
	ver := version(t, a)
	if a = boss.get(at + "?v=error"); strings.Count(a.body, "v-err") < 7 || !strings.Contains(a.body, "没有“2023年2月30日”这一天") {
		t.Errorf("the rows with faults: %s", excerpt(a.body))
	}
	s.run([]scenario{
		{name: "a stranger signs in first", path: at, status: http.StatusSeeOther, want: []string{"/login"}},
		{name: "a rep may not import", who: "rep", path: at, status: http.StatusForbidden},
		{name: "another branch does not know of it", who: "boss2", path: at, status: http.StatusNotFound, never: []string{"客户台账"}},
		{name: "another branch cannot take it", who: "boss2", method: http.MethodPost, path: at + "/apply", form: url.Values{"version": {ver}}, status: http.StatusNotFound},
		{name: "another branch cannot have its rows", who: "boss2", path: at + "/failed.xlsx", status: http.StatusNotFound},
		{name: "another branch cannot take it back", who: "boss2", method: http.MethodPost, path: at + "/undo", form: url.Values{"version": {ver}}, status: http.StatusNotFound},
		{name: "the region above may look", who: "region", path: at, status: http.StatusOK, want: []string{"客户台账"}},
		{name: "a page that is too old is refused", who: "boss", method: http.MethodPost, path: at + "/apply", form: url.Values{"version": {"1"}}, status: http.StatusConflict},
	})
	for range 2 { // a double click
		if a = boss.post(at+"/apply", url.Values{"version": {ver}}); a.status != http.StatusSeeOther {
			t.Fatalf("apply: %d", a.status)
		}
	}
	s.work()
	a = boss.get(at)
	for _, want := range []string{"260", "撤销这次导入", "6 行没有导入"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the result lacks %q", want)
		}
	}
	scope := policy.SystemActor("test").Scope(policy.ImportRun)
	list, err := s.Imports(context.Background(), scope, 0, 10)
	if err != nil || len(list) != 1 || list[0].State != "applied" || list[0].Creates != 260 {
		t.Fatalf("%+v %v", list, err)
	}

	a = boss.get(at + "/failed.xlsx")
	book, err := sheet.OpenReader(strings.NewReader(a.body), int64(len(a.body)), sheet.Options{})
	if err != nil {
		t.Fatalf("failed rows: %d %v", a.status, err)
	}
	rows, reasons := 0, ""
	for r, err := range book.Rows(context.Background(), "") {
		if err != nil {
			t.Fatal(err)
		}
		rows++
		for _, c := range r.Cells {
			reasons += c.Text + "\n"
		}
	}
	if rows != 7 || !strings.Contains(reasons, "没有客户名称") || !strings.Contains(reasons, "1.38E+10") || !strings.Contains(reasons, "客户名称") {
		t.Errorf("the workbook of failed rows has %d rows:\n%s", rows, reasons)
	}

	if a = boss.post(at+"/undo", url.Values{"version": {version(t, boss.get(at))}}); a.status != http.StatusSeeOther {
		t.Fatalf("undo: %d %s", a.status, excerpt(a.body))
	}
	s.work()
	if a = boss.get(at); !strings.Contains(a.body, "已还原") || !strings.Contains(a.body, "260") {
		t.Errorf("after the undo: %s", excerpt(a.body))
	}
	if a = boss.get("/imports"); !strings.Contains(a.body, "已撤销") || !strings.Contains(a.body, "客户台账.xlsx") {
		t.Errorf("the list: %s", excerpt(a.body))
	}
}

func TestAFileThatIsNoneIsRefusedWithItsRemedy(t *testing.T) {
	s := newSite(t)
	boss := s.as("boss")
	register := sample(t, "客户台账_杭州城西网点.xlsx")
	for _, c := range []struct {
		name, file string
		content    []byte
		want       string
	}{
		{"nothing in it", "空.xlsx", nil, "这个文件是空的"},
		{"cut short", "断.xlsx", register[:len(register)/2], "请重新下载或导出后再传"},
		{"a picture", "图.xlsx", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00"), "这不是表格文件"},
		{"a document in another format", "合同.pdf", []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"), "这不是表格文件"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := boss.upload("customers", id(s.West), c.file, c.content)
			if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, c.want) {
				t.Errorf("%d, want the sentence %q\n%s", a.status, c.want, excerpt(a.body))
			}
		})
	}
	if a := boss.upload("customers", id(s.East), "x.csv", []byte("客户名称,电话\n甲,13800000001\n")); a.status != http.StatusNotFound {
		t.Errorf("into another branch: %d", a.status)
	}
	if a := s.as("rep").upload("customers", id(s.West), "x.csv", []byte("客户名称\n甲\n")); a.status != http.StatusForbidden {
		t.Errorf("by a rep: %d", a.status)
	}
	if a := boss.do(http.MethodPost, "/imports", io.LimitReader(endless{}, 66<<20), "multipart/form-data; boundary=x"); a.status != http.StatusUnprocessableEntity && a.status != http.StatusBadRequest {
		t.Errorf("66 MiB: %d", a.status)
	}
	// A little beyond the limit, so that all of it arrives.
	large := bytes.Repeat([]byte("302610000001,2026-10-01\n"), (64<<20+24<<10)/24)
	for kind, want := range map[string]string{"waybills": "yike import waybills", "customers": "多余的工作表"} {
		if a := boss.upload(kind, id(s.West), "x.csv", large); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, want) {
			t.Errorf("a file of %s beyond the limit: %d, want %q\n%s", kind, a.status, want, excerpt(a.body))
		}
	}
}

// endless is a form with a file that does not end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	n := copy(p, "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n")
	for i := n; i < len(p); i++ {
		p[i] = 'a'
	}
	return len(p), nil
}

func TestColumnsAreMappedByHandAndRemembered(t *testing.T) {
	s := newSite(t)
	boss := s.as("boss")
	content := []byte("\ufeff甲列,乙列,丙列\n晨光文具,13800000001,老客户\n晚霞花店,13800000002,\n")
	at := boss.upload("customers", id(s.West), "不认得.csv", content).to()
	s.work()
	a := boss.get(at)
	if !strings.Contains(a.body, "对应列") {
		t.Fatalf("no mapping offered: %s", excerpt(a.body))
	}
	form := url.Values{"version": {version(t, a)}, "m.0.0": {"name"}, "m.0.1": {"phone"}, "m.0.2": {"remark"}, "key": {"name_phone"}}
	twice := url.Values{"version": {version(t, a)}, "m.0.0": {"remark"}, "m.0.1": {"phone"}, "m.0.2": {"remark"}, "key": {"name_phone"}}
	if a = boss.post(at+"/mapping", twice); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "请指定哪一列是客户名称") && !strings.Contains(a.body, "只能对应一列") {
		t.Errorf("a wrong mapping: %d", a.status)
	}
	if a = boss.post(at+"/mapping", form); a.status != http.StatusSeeOther {
		t.Fatalf("mapping: %d %s", a.status, excerpt(a.body))
	}
	s.work()
	if a = boss.get(at); !strings.Contains(a.body, "导入 2 位客户") {
		t.Errorf("after the mapping: %s", excerpt(a.body))
	}
}

func TestARowWithACellThatCannotBeReadIsTakenOnRequest(t *testing.T) {
	s := newSite(t)
	boss := s.as("boss")
	content := []byte("\ufeff客户名称,电话,建档日期\n晨光文具,13800000001,2024年3月\n晚霞花店,13800000002,2024年3月5日\n")
	at := boss.upload("customers", id(s.West), "登记.csv", content).to()
	s.work()
	a := boss.get(at)
	if !strings.Contains(a.body, "导入 1 位客户") || !strings.Contains(a.body, `name="unread"`) {
		t.Fatalf("the choice is not offered: %s", excerpt(a.body))
	}
	form := url.Values{"version": {version(t, a)}, "m.0.0": {"name"}, "m.0.1": {"phone"}, "m.0.2": {"filed_on"}, "key": {"name_phone"}, "unread": {"remark"}}
	if a = boss.post(at+"/mapping", form); a.status != http.StatusSeeOther {
		t.Fatalf("mapping: %d %s", a.status, excerpt(a.body))
	}
	s.work()
	a = boss.get(at)
	if !strings.Contains(a.body, "导入 2 位客户") || !strings.Contains(a.body, `value="remark" selected`) {
		t.Fatalf("after the choice: %s", excerpt(a.body))
	}
	if a = boss.post(at+"/apply", url.Values{"version": {version(t, a)}}); a.status != http.StatusSeeOther {
		t.Fatalf("apply: %d %s", a.status, excerpt(a.body))
	}
	s.work()
	scope := policy.SystemActor("test").Scope(policy.CustomerRead)
	hits, _, err := s.DB.SearchCustomers(context.Background(), scope, scope, "晨光")
	if err != nil || len(hits) != 1 {
		t.Fatalf("晨光: %d, %v", len(hits), err)
	}
	if c, err := s.DB.Customer(context.Background(), scope, hits[0].ID); err != nil || c.Remark != "建档日期：2024年3月" || c.FiledOn != "" {
		t.Errorf("remark %q, filed on %q, %v", c.Remark, c.FiledOn, err)
	}
}

func TestTheTemplateIsReadBackForSure(t *testing.T) {
	s := newSite(t)
	for _, kind := range []string{"customers", "visits"} {
		a := s.as("boss").get("/imports/template?kind=" + kind)
		book, err := sheet.OpenReader(strings.NewReader(a.body), int64(len(a.body)), sheet.Options{})
		if err != nil {
			t.Fatalf("%s: %d %v", kind, a.status, err)
		}
		var heads []string
		for r, err := range book.Rows(context.Background(), "") {
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range r.Cells {
				heads = append(heads, c.Text)
			}
		}
		if len(heads) < 8 || kind == "customers" && !slices.Contains(heads, "首选联系方式") {
			t.Errorf("%s: %q", kind, heads)
		}
	}
}

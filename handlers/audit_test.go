package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
)

func TestTheAuditIsReadByThoseWhoMayAndShowsWhatChanged(t *testing.T) {
	s := newSite(t)
	ctx, boss := context.Background(), s.As(t, s.BossWest)
	file, err := s.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: s.West, Name: "盛达电子", Remark: "门口有狗"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Customer(ctx, boss.Scope(policy.CustomerEdit), file)
	if err != nil {
		t.Fatal(err)
	}
	c.Remark = "狗不在了"
	if err := s.UpdateCustomer(ctx, boss, c); err != nil {
		t.Fatal(err)
	}
	page := "/customers/" + id(file)
	s.run([]scenario{
		{"a stranger", "", "", "/audit", nil, 303, []string{"/login"}, nil},
		{"a rep", "rep", "", "/audit", nil, 403, nil, []string{"盛达电子"}},
		{"a branch manager without the right", "boss", "", "/audit", nil, 403, nil, []string{"盛达电子"}},
		{"the auditor reads who, what, before and after", "auditor", "", "/audit", nil, 200, []string{"周明慧", "修改客户", "新建客户", "盛达电子", "狗不在了", "登录", "现在校验"}, nil},
		{"by act", "auditor", "", "/audit?act=customers.update", nil, 200, []string{"狗不在了"}, []string{"<b>新建客户</b>"}},
		{"by client", "auditor", "", "/audit?customer=" + id(file), nil, 200, []string{"狗不在了"}, []string{"<b>登录</b>"}},
		{"by a day without records", "auditor", "", "/audit?from=2027-01-01", nil, 200, []string{"没有符合的记录"}, nil},
		{"nonsense in the address", "auditor", "", "/audit?act=x&user=y&from=z&before=-1", nil, 200, []string{"盛达电子"}, nil},
		{"checked on demand", "auditor", "POST", "/audit/check", url.Values{}, 303, []string{"/audit"}, nil},
		{"and said so", "admin", "", "/audit", nil, 200, []string{"记录完整"}, nil},
		{"exported", "auditor", "", "/audit/export?act=customers.update", nil, 200, []string{"修改客户", "狗不在了"}, []string{"新建客户"}},
		{"the export is on record", "auditor", "", "/audit?act=audit.export", nil, 200, []string{"导出了审计记录", "共 1 行"}, nil},
		{"a rep exports nothing", "rep", "", "/audit/export", nil, 403, nil, []string{"盛达电子"}},
		{"a clerk looks at the client", "clerk", "", page, nil, 200, []string{"盛达电子"}, nil},
		{"the manager sees who looked", "boss", "", page + "/looks", nil, 200, []string{"林晓", "打开资料 1 次"}, nil},
		{"another branch does not", "boss2", "", page + "/looks", nil, 404, nil, []string{"林晓"}},
		{"a courier does not", "courier", "", page + "/looks", nil, 403, nil, []string{"林晓"}},
	})
}

// TestWhatIsPrintedSaysByWhomAndWhen: the audit and the matrix of roles carry a
// head on paper, and a button that prints them as they stand.
func TestWhatIsPrintedSaysByWhomAndWhen(t *testing.T) {
	s := newSite(t)
	for path, who := range map[string]string{"/audit": "auditor", "/roles": "boss", "/roles/sales_rep": "boss"} {
		a := s.as(who).get(path)
		_, head, ok := strings.Cut(a.body, `<p class="print-only s12 print-head">`)
		head, _, _ = strings.Cut(head, "</p>")
		if a.status != http.StatusOK || !ok || !strings.Contains(head, "打印于 2026-11-21") || !strings.Contains(head, map[string]string{"auditor": "审计", "boss": "周明慧"}[who]) {
			t.Errorf("%s: %d, head %q", path, a.status, head)
		}
		if !strings.Contains(a.body, "data-print") || !strings.Contains(a.body, "yk-water") && path == "/audit" {
			t.Errorf("%s: no button, or no watermark", path)
		}
	}
}

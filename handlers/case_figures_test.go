package handlers_test

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"yike/db"
	"yike/policy/casework"
)

func TestFiguresOfCasesAreWithinReachAndNameNobodyElse(t *testing.T) {
	s, customer, _ := caseSite(t)
	s.run([]scenario{
		{"a stranger", "", "", "/cases/figures", nil, 303, []string{"/login"}, nil},
		{"the branch", "boss", "", "/cases/figures", nil, 200, []string{"投诉分析", "松果母婴", "派送慢", `data-chart="case-causes-data"`}, []string{"13912345678"}},
		{"by the clock", "boss", "", "/cases/figures?time=wall", nil, 200, []string{"时间按钟表算"}, nil},
		{"the client's rep", "rep", "", "/cases/figures", nil, 200, []string{"松果母婴"}, []string{"每万件投诉，按网点和月"}},
		{"another rep", "rep2", "", "/cases/figures", nil, 200, []string{"这几个月没有这样的工单"}, []string{"松果母婴"}},
		{"another branch, by its id", "boss2", "", "/cases/figures?branch=" + id(s.West), nil, 200, []string{"这几个月没有这样的工单"}, []string{"松果母婴"}},
		{"a kind of which there is none", "boss", "", "/cases/figures?kind=suggestion", nil, 200, []string{"这几个月没有这样的工单"}, nil},
		{"months before", "boss", "", "/cases/figures?from=2026-01&to=2026-02", nil, 200, []string{"这几个月没有这样的工单", "2026-01"}, nil},
		{"words that are none", "boss", "", "/cases/figures?from=x&to=9999-99&kind=y&time=z&branch=q", nil, 200, []string{"松果母婴"}, nil},
		{"the list behind a figure says so", "boss", "", "/cases?counted=1&show=all&kind=complaint&promise=answer_late&weekday=6&customer=" + customer, nil, 200, []string{"答复超时", "周六", "并到别件的不算", `name="promise"`}, nil},
		{"another rep's list of it", "rep2", "", "/cases?counted=1&show=all&customer=" + customer, nil, 200, nil, []string{"松果母婴"}},
		{"the workbook", "boss", "", "/cases/figures/export", nil, 200, []string{"xl/worksheets"}, nil},
		{"no workbook for a rep", "rep", "", "/cases/figures/export", nil, 403, nil, nil},
	})
}

var figureLinks = regexp.MustCompile(`<td role="cell" class="num r" data-label="[^"]*"><a href="(/cases\?[^"]*)">(\d+)</a>`)

func TestEachNumberOfThePageOpensAListOfAsMany(t *testing.T) {
	s, customer, _ := caseSite(t)
	ctx := context.Background()
	for i, cause := range []int64{11, 11, 21, 51, 0} {
		c := db.Case{Kind: casework.Complaint, CustomerID: db.ParseID(customer), Channel: casework.Channels[i], CauseID: cause, Severity: casework.Minor, Said: "慢", Caller: "王国平"}
		if i == 4 {
			c.CustomerID = 0
		}
		if _, err := s.OpenCase(ctx, s.As(t, s.ClerkWest), db.Submission{}, db.NewCase{Case: c}); err != nil {
			t.Fatal(err)
		}
	}
	v := s.as("boss")
	seen := 0
	for _, m := range figureLinks.FindAllStringSubmatch(v.get("/cases/figures?kind=all").body, -1) {
		href := strings.ReplaceAll(m[1], "&amp;", "&")
		if _, err := url.Parse(href); err != nil {
			t.Fatal(err)
		}
		if body := v.get(href).body; !strings.Contains(body, "共 "+m[2]+" 件") {
			t.Errorf("%s does not list %s cases", href, m[2])
		}
		seen++
	}
	if seen < 15 {
		t.Errorf("%d numbers on the page", seen)
	}
}

package handlers_test

import (
	"net/url"
	"strings"
	"testing"
)

func TestHowAClientIsMetIsHeadOfficesOrTheBranchsToSay(t *testing.T) {
	s, _, path := caseSite(t)
	form := url.Values{"listen": {"先让他骂完"}, "understand": {"换我也急"}, "solve": {"两小时回话"}, "valid_from": {"2026-11-21"}, "reason": {"旺季"}, "read": {"0"}}
	own := changed(form, "branch", id(s.West), "listen", "城西的听法")
	s.run([]scenario{
		{"a stranger", "", "", "/rules/guide", nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", "/rules/guide", nil, 403, nil, nil},
		{"a clerk reads it, and writes none", "clerk", "", "/rules/guide", nil, 200, []string{"让客户说完"}, []string{`name="listen"`}},
		{"nor by sending one", "clerk", "POST", "/rules/guide", form, 403, nil, nil},
		{"a branch writes for the company", "boss", "POST", "/rules/guide", form, 403, nil, nil},
		{"the program's stands beside the form", "clerk", "", "/cases/new", nil, 200, []string{"听、理解、解决", "让客户说完"}, nil},
		{"a courier's form is short", "courier", "", "/cases/new", nil, 200, nil, []string{"让客户说完"}},
		{"a part says nothing", "chief", "POST", "/rules/guide", changed(form, "solve", " "), 422, []string{"写一两句", "先让他骂完"}, nil},
		{"a part says too much", "chief", "POST", "/rules/guide", changed(form, "listen", strings.Repeat("听", 201)), 422, []string{"最多 200 个字"}, nil},
		{"head office says it", "chief", "POST", "/rules/guide", form, 303, []string{"/rules/guide"}, nil},
		{"stale", "chief", "POST", "/rules/guide", form, 422, []string{"刚才有人设了新版本"}, nil},
		{"it stands beside the form", "clerk", "", "/cases/new", nil, 200, []string{"先让他骂完", "两小时回话"}, []string{"让客户说完"}},
		{"and on the case", "clerk", "", path, nil, 200, []string{"先让他骂完"}, nil},
		{"not for who only looks", "auditor", "", path, nil, 200, nil, []string{"先让他骂完"}},
		{"a branch says its own", "boss", "POST", "/rules/guide", own, 303, nil, nil},
		{"which holds there", "clerk", "", path, nil, 200, []string{"城西的听法"}, []string{"先让他骂完"}},
		{"and nowhere else", "clerk2", "", "/cases/new", nil, 200, []string{"先让他骂完"}, []string{"城西的听法"}},
		{"the settings say it", "chief", "", "/settings", nil, 200, []string{"先让他骂完", "接待生气的客户先做什么"}, nil},
	})
}

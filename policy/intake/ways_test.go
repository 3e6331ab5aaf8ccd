package intake

import (
	"slices"
	"strings"
	"testing"

	"yike/policy/message"
)

func TestWaysToReachSomebodyAreReadFromWords(t *testing.T) {
	for _, tt := range []struct {
		text, want string
		left       string // what is told
	}{
		{"微信、电话", "wechat phone", ""},
		{"加微信 / 打电话，邮箱", "wechat phone email", ""},
		{"电话>短信>上门", "phone sms visit", ""},
		{"WeChat, e-mail", "wechat email", ""},
		{"微信和微信", "wechat", ""},
		{"企业微信或手机", "wechat phone", ""},
		{"无", "", ""},
		{"", "", ""},
		{"飞鸽，微信", "wechat", "飞鸽"},
		{"电话、微信、短信、邮件、上门", "phone wechat sms email", "上门"},
	} {
		got, problems := parseWays(tt.text)
		var left []string
		for _, p := range problems {
			if p.Severity != Notice || p.Code != WordUnknown {
				t.Errorf("%q: %+v", tt.text, p)
			}
			left = append(left, p.Text)
		}
		if got != tt.want || strings.Join(left, " ") != tt.left {
			t.Errorf("%q: %q, told %q; want %q, %q", tt.text, got, left, tt.want, tt.left)
		}
		if ways := strings.Fields(got); len(ways) > 0 && !message.CheckWays(ways, nil, nil) {
			t.Errorf("%q gives an order of ways that cannot be: %q", tt.text, got)
		}
	}
	if MostWays != message.MaxWays {
		t.Errorf("a cell names %d ways, a contact has %d", MostWays, message.MaxWays)
	}
	for word, w := range wordsOf()[AsWays] {
		if !slices.Contains(message.Ways, w) {
			t.Errorf("%q is read as %q, which is no way", word, w)
		}
	}
}

func TestAHeadingOfWaysIsNotOneOfTelephones(t *testing.T) {
	for heading, want := range map[string]string{"联系方式": "phone", "首选联系方式": "ways", "沟通方式": "ways", "渠道": "source", "沟通渠道": "ways", "Preferred contact": "ways"} {
		i, ok := Customers.heads()[foldHeading(heading)]
		if !ok || Customers.Fields[i].Name != want {
			t.Errorf("%q is not read as %s", heading, want)
		}
	}
}

package views

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"yike/policy/festival"
	"yike/views/chart"
	"yike/views/lang"
	"yike/views/ui"
)

// filePieces are the main pieces of a customer's file, filled in as for a
// reader who may do everything, and as for one who may only look.
func filePieces() map[string]templ.Component {
	people := ContactsPanel{Customer: "42", CanEdit: true, Items: []ContactLine{
		{ID: "7", Version: "1", Name: "王国平", Initial: "王", Position: "仓库主管", Primary: true, Phones: []PhoneLine{{Text: "199 0000 1186", Href: "tel:19900001186"}},
			Birthday: "农历八月十五", Next: Moment{Text: "2 天后", Full: "2026年9月25日 周五", ISO: "2026-09-25"}, Soon: true},
	}}
	masked := ContactsPanel{Customer: "42", Items: []ContactLine{{ID: "7", Name: "王国平", Initial: "王", Phones: []PhoneLine{{Text: "199 **** 1186"}}, WeChat: "w****8"}}}
	writing := people
	writing.Form = &ContactForm{ID: "7", Version: "1", Values: map[string]string{"name": "", "birthday_month": "2", "birthday_day": "30"}, Phones: []string{"1990000"},
		Errors: ui.Errors{"name": "请填写", "phone-0": "少 4 位，手机号是 11 位", "birthday": "没有这一天"}}
	form := CustomerForm{Action: "/customers", Key: "k", MaxDay: "2026-11-21", CodeHint: "空着就自动编号",
		Values: map[string]string{"name": "单<小>云", "branch": "3", "address": "杭州西湖区文三路 90 号"}, Phones: []string{"13800003003"},
		Fixed:  map[string]string{"branch": "城西网点", "owner": "沈雨桐", "clerk": "", "class": "", "state": "待审核"},
		Errors: ui.Errors{"name": "请填写", "terms_days": "填整数"}, Doubts: ui.Errors{"name": "这是不是名称，请核对"}, Snippet: "单小云 13800003003",
		Place:      PlacePick{Line: "杭州西湖区文三路 90 号", Province: "330000", Provinces: []ui.Option{{Value: "330000", Label: "浙江省"}}, Note: "认出：浙江省", Doubt: true},
		Duplicates: DuplicateList{Items: []DuplicateLine{{Name: "松果", Href: "/customers/9", Who: "业务员 陈立，城西网点", Why: "电话相同"}, {Who: "业务员 何佳，城东网点", Why: "名称相同"}}, Ask: true, Fault: "看过再决定"}}
	page := CustomerPage{ID: "42", Version: "3", Name: "杭州<松果>", Code: "HZ01-00042", Class: "A", Stage: "mature", StageText: "成熟", State: "draft", StateText: "待审核",
		Meta: []string{"电商，月结", "业务员 陈立"}, Owner: PhoneLine{Text: "陈立", Href: "tel:13900000001"}, Hint: "要面单整齐", Call: "tel:19900001186",
		Tags: []ui.TagProps{TagProps("risk", "投诉客户", "态度要好"), TagProps("value", "高价值", "")}, Alerts: []AlertLine{{Kind: "over", Text: "12 天没有拜访", Href: "/visits/new?customer=42", LinkText: "记拜访"}},
		Phones: []PhoneLine{{Text: "138 0000 1054", Href: "tel:13800001054"}}, Contacts: people, Neighbours: &Neighbours{Back: "/customers?class=A", Prev: "/customers/42/previous", Next: "/customers/42/next"},
		Facts:    []FactGroup{{Title: "怎么找到客户", Facts: []Fact{{Label: "地址", Value: "浙江省杭州市"}, {Label: "微信"}}}, {Title: "合同与账款", Facts: []Fact{{Label: "付款方式", Value: "月结"}}}, {Title: "考察打分", Facts: []Fact{{Label: "企业文化"}}}},
		Timeline: TimelinePart{More: "/customers/42/timeline?at=x", Items: []TimelineLine{{TimelineProps: ui.TimelineProps{Icon: "pencil", Title: "改了资料", Who: "陈立"}, Fields: []FieldChange{{Label: "电话", Before: "138 0000 1054", After: "138 0000 1055"}, {Label: "备注", Before: "旧", After: ""}}}}},
		Visits:   []VisitLine{{Text: "上门拜访", Href: "/visits/5", Due: "done", When: "3 天前"}}, Classes: []ui.Option{{Value: "A", Label: "A 类"}}, States: []ui.Option{{Value: "reviewed", Label: "审核通过"}},
		Chart:   &chart.Bars{ID: "v", Title: "近 12 个月拜访 2 次", Label: "月份", Value: "次数", Table: "看数字", Labels: []string{"26-10", "26-11"}, Counts: []int64{0, 2}},
		CanEdit: true, CanDelete: true, CanVisit: true, CanHistory: true, Printed: "城西网点，陈立 打印于 2026-11-21"}
	bare := CustomerPage{ID: "42", Name: "松果", Contacts: masked, StateText: "待审核", Phones: []PhoneLine{{Text: "138 **** 1054"}}, Facts: []FactGroup{{Title: "怎么找到客户"}}}
	return map[string]templ.Component{
		"contacts": Contacts(people), "contacts-masked": Contacts(masked), "contacts-writing": Contacts(writing),
		"customer-form": CustomerFields(form), "customer": Customer(page), "customer-bare": Customer(bare),
		"history": History(HistoryPage{ID: "42", Name: "松果", Next: "/x", Items: []ChangeLine{{Icon: "stairs-up", Title: "改了分级", Who: "陈立", Reason: "少了", Fields: []FieldChange{{Label: "分级", Before: "A 类", After: "B 类"}}}}}),
		"stale": Stale(CustomerStale{ID: "42", Name: "松果", Version: "4", By: "周明慧", When: Moment{Full: "2026年11月21日 09:15"},
			Form: CustomerForm{Values: map[string]string{"name": "松果 & 橡子"}, Phones: []string{"13800001054"}, Tags: []string{"5"}},
			Rows: []StaleRow{{Name: "short_name", Label: "简称", Mine: "松果", Theirs: "", PickTheirs: false}, {Name: "remark", Label: "备注", Theirs: "换了仓库", PickTheirs: true}}}),
	}
}

func drawn(t *testing.T, tag string, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(lang.With(context.Background(), tag), &b); err != nil {
		t.Fatal(err)
	}
	return hashes.ReplaceAllString(b.String(), ".HASH.")
}

func TestPiecesOfAFileAreDrawnAsReviewed(t *testing.T) {
	for name, c := range filePieces() {
		for _, tag := range []string{lang.Chinese, lang.English} {
			got := strings.ReplaceAll(drawn(t, tag, c), "><", ">\n<") + "\n"
			path := filepath.Join("testdata", name+"."+tag+".html")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs from %s; look at it, then run go test ./views -update", name, path)
			}
		}
	}
}

var inline = regexp.MustCompile(`(?i)\son[a-z]+=|\sstyle=|javascript:|<script>`)

func TestPiecesOfAFileHoldNothingInlineAndNoRawText(t *testing.T) {
	for name, c := range filePieces() {
		html := drawn(t, lang.Chinese, c)
		if bad := inline.FindString(html); bad != "" {
			t.Errorf("%s holds %q, which the content policy blocks", name, bad)
		}
		if strings.Contains(html, "<小>") || strings.Contains(html, "<松果>") {
			t.Errorf("%s writes a name unescaped", name)
		}
	}
}

func TestWhoMayOnlyLookSeesNoActs(t *testing.T) {
	html := drawn(t, lang.Chinese, filePieces()["customer-bare"])
	for _, never := range []string{"<form", "tel:", "/edit", "/history", "/visits/new"} {
		if strings.Contains(html, never) {
			t.Errorf("%q stands on the page of one who may only look", never)
		}
	}
}

func TestABirthdayIsWrittenAsPeopleSayIt(t *testing.T) {
	for _, c := range []struct {
		b      festival.Birthday
		zh, en string
	}{
		{festival.Birthday{}, "", ""},
		{festival.Birthday{Month: 1, Day: 9}, "1月9日", "9/1"},
		{festival.Birthday{Year: 1965, Month: 10, Day: 27}, "1965年10月27日", "1965-10-27"},
		{festival.Birthday{Lunar: true, Month: 8, Day: 15}, "农历八月十五", "lunar 八月十五"},
		{festival.Birthday{Lunar: true, Year: 2001, Month: 4, Day: 8, Leap: true}, "农历 2001 年闰四月初八", "lunar 2001 闰四月初八"},
	} {
		for tag, want := range map[string]string{lang.Chinese: c.zh, lang.English: c.en} {
			if got := BirthdayWords(lang.With(context.Background(), tag), c.b); got != want {
				t.Errorf("%+v in %s: got %q, want %q", c.b, tag, got, want)
			}
		}
	}
}

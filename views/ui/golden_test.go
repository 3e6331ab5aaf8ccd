package ui

import (
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"yike/views/lang"
)

var update = flag.Bool("update", false, "write the golden files anew")

// hashes change with every edit of a style; the golden files need not.
var hashes = regexp.MustCompile(`\.[0-9a-f]{12}\.`)

func render(t *testing.T, ctx context.Context, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	// One element a line, so that a difference can be read.
	s := hashes.ReplaceAllString(b.String(), ".HASH.")
	return strings.ReplaceAll(s, "><", ">\n<") + "\n"
}

func text(s string) templ.Component { return templ.Raw(templ.EscapeString(s)) }

func with(c templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return c.Render(templ.WithChildren(ctx, templ.Join(children...)), w)
	})
}

// kit is every component in the states that differ.
func kit() map[string][]templ.Component {
	options := []Option{{Value: "li", Label: "陈立"}, {Value: "yue", Label: "沈悦"}}
	faults := Errors{"tel": "少 1 位，手机号是 11 位", "rep": "选一位，他会收到第一次拜访的提醒"}
	return map[string][]templ.Component{
		"field": {
			Field(FieldProps{Name: "name", Label: "客户名称", Value: `临溪<b>"水产"`, Hint: "和营业执照一致", Required: true, Max: 60, Autofocus: true}),
			Field(FieldProps{Name: "tel", Label: "电话", Value: "199 0000 44", Hint: "手机或座机", Error: faults["tel"], Type: "tel", InputMode: "tel", Autocomplete: "off"}),
			Field(FieldProps{Name: "term", Label: "账期", Optional: "月结客户才填", Value: "30", Unit: "天", Small: true, Class: "num"}),
			Field(FieldProps{Name: "password", Label: "密码", Value: "must not appear", Type: "password", Autocomplete: "current-password"}),
			Field(FieldProps{ID: "own", Name: "code", Value: "KH-03", Readonly: true, List: "codes", Placeholder: "编码", Attrs: templ.Attributes{"spellcheck": "false"}}),
		},
		"choice": {
			Select(SelectProps{Name: "rep", Label: "业务员", Prompt: "请选择", Options: options, Error: faults["rep"], Required: true}),
			Select(SelectProps{Name: "view", Value: "yue", Options: append([]Option{{Value: "all", Label: "全部"}}, Option{Value: "yue", Label: "沈悦", Group: "业务员"}), Auto: true, Small: true}),
			Find(FindProps{Name: "rep", Label: "业务员", Value: "7", Text: "陈立 · 临溪", Href: "/people/find?use=owner", With: "branch", Error: faults["rep"], Placeholder: "还没定"}),
			Found(FoundProps{Options: []Option{{Value: "7", Label: "陈立", Hint: "临溪"}, {Value: "none", Label: "没有人"}}, More: true}),
			Found(FoundProps{}),
			Pick(PickProps{Name: "from", Label: "来源", Value: "li", Options: options, Required: true}),
			Pick(PickProps{Name: "ways", Label: "方式", Multi: true, Values: []string{"li", "yue"}, Options: options, Tiles: 4, Error: "至少选一个"}),
			Check(CheckProps{Name: "ok", Label: "客户同意我们保存这些资料", Checked: true, Hint: "没有同意不能发短信"}),
			Date(DateProps{Name: "day", Label: "日期", Value: "2026-12-28", Min: "2026-01-01", Max: "2026-12-31", Error: "这天已经过去"}),
			TextArea(TextAreaProps{Name: "note", Label: "聊了什么", Value: "\n</textarea><script>", Fill: []string{"件量稳定"}, Max: 500}),
			Hidden("token", `a"b`),
		},
		"summary": {
			ErrorSummary(ErrorSummaryProps{Errors: faults, Fields: []FieldLabel{{"name", "客户名称"}, {"tel", "电话"}, {"rep", "业务员"}}}),
			ErrorSummary(ErrorSummaryProps{Errors: Errors{"": "别人刚改过这位客户，两份都在下面"}}),
			ErrorSummary(ErrorSummaryProps{}),
		},
		"button": {
			Button(ButtonProps{Text: "导入 1,180 行", Kind: "primary", Size: "lg", Wide: true}),
			Button(ButtonProps{Icon: "dots", Label: "更多", Type: "button", Dialog: "more"}),
			Button(ButtonProps{Text: "停用客户", Kind: "danger", Icon: "trash", Name: "do", Value: "stop", FormAction: "/customers/1/stop", Disabled: true}),
			LinkButton(LinkProps{Text: "新建客户", Href: "/customers/new", Icon: "plus", Key: "n"}),
			LinkButton(LinkProps{Text: "坏链接", Href: "javascript:alert(1)", Kind: "quiet", Size: "sm"}),
		},
		"badge": {
			ClassBadge("A"), ClassBadge("B"), ClassBadge("C"), ClassBadge(""), ClassBadgeLarge("A"),
			StageBadge("growing", "成长"), StageBadge("declining", "衰退"), StageBadge("lost", "流失"), StageBadge("other", "别的"),
			DueBadge("over", "超期 2 小时"), DueBadge("soon", "剩 40 分钟"), DueBadge("ontime", "12月31日"), DueBadge("done", "已办"), DueBadge("none", "不限"),
			VerdictBadge("create"), VerdictBadge("update"), VerdictBadge("skip"), VerdictBadge("error"),
			Tag("高价值"), TagKind(TagProps{Text: "欠费", Kind: "risk", Icon: "alert-octagon", Title: "欠 3,150 元"}), Avatar("周"), Icon("x"), IconSize("x", 24), Logo(),
		},
		"list": {
			with(Head(HeadProps{Title: "客户", Sub: "符合 98 位", BackHref: "/", BackText: "今日"}), text("actions")),
			Chips(ChipsProps{Label: "筛选条件", Items: []Chip{{"分级", "A、B", "?x=1"}}, ClearHref: "?"}),
			Chips(ChipsProps{Label: "没有条件"}),
			with(Table(TableProps{ID: "t", Caption: "客户，按分级排序", Sticky: true, Keys: true, Cards: true, Columns: []Column{{All: true}, {Label: "客户", Href: "?s=a", Sort: "ascending"}, {Label: "票数", Href: "?s=n", Right: true}, {Label: "操作", Hidden: true}}}), templ.Raw(`<tr role="row"><td role="cell">1</td></tr>`)),
			RowBox(RowBoxProps{Name: "id", Value: "7", Label: "选中松果母婴", Form: "bulk"}),
			with(BulkBar(BulkBarProps{Before: "已选", After: "位"}), Button(ButtonProps{Text: "改业务员"})),
			Pager(PagerProps{Text: "第 51–98 位，共 98 位", First: "?", Prev: "?p=1"}),
			Pager(PagerProps{Text: "共 3 位"}),
			Empty(EmptyProps{Title: "没有符合的客户", Text: "去掉「欠款」有 6 位。", Href: "?", LinkText: "去掉欠款", MoreHref: "/", MoreText: "全部清除"}),
		},
		"panel": {
			with(Panel(PanelProps{ID: "p", Title: "往来", Sub: "近 30 天", Href: "/x", LinkText: "看全部"}), text("body")),
			with(Panel(PanelProps{Flush: true}), text("body")),
			with(Stats(), Stat(StatProps{Label: "超期", Value: "3", Unit: "件", Href: "/cases?due=over", Kind: "over", Icon: "alert-octagon"}), Stat(StatProps{Label: "备份", Value: "03:00"})),
			Progress(ProgressProps{Label: "导入客户", Text: "第 742 行", Note: "可以离开", Value: 742, Max: 1248}),
			Progress(ProgressProps{Label: "导出等待中"}),
			with(Menu(MenuProps{Label: "更多操作", Icon: "dots"}), MenuLink(MenuLinkProps{Text: "打印", Href: "?print", Icon: "printer", Key: "p", Current: true})),
			with(Timeline(), with(TimelineItem(TimelineProps{Kind: "over", Icon: "alert-octagon", Title: "投诉", Href: "/cases/1", Who: "陈立", When: "3 天前", Full: "2026-12-25 09:10", ISO: "2026-12-25T09:10:00+08:00"}), text("六罐奶粉破损"))),
			with(Note("soon"), text("数据比平时晚 6 小时")),
			with(Dialog(DialogProps{ID: "d", Title: "改给沈悦"}), with(DialogBody(), text("两人都会收到提醒")), with(DialogFoot(), Button(ButtonProps{Text: "改给沈悦", Kind: "primary"}))),
			Toast(ToastProps{Kind: "ok", Text: "已改给沈悦", UndoURL: "/undo/1"}), Toast(ToastProps{Kind: "over", Text: "没保存成", Href: "/x", LinkText: "看"}),
		},
	}
}

func TestGolden(t *testing.T) {
	for name, parts := range kit() {
		for _, tag := range []string{"zh-CN", "en"} {
			t.Run(name+" in "+tag, func(t *testing.T) {
				ctx := lang.With(context.Background(), tag)
				var b strings.Builder
				for _, c := range parts {
					b.WriteString(render(t, ctx, c))
					b.WriteString("\n")
				}
				file := filepath.Join("testdata", name+"."+tag+".html")
				if *update {
					if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				diff(t, file, string(want), b.String())
			})
		}
	}
}

// diff shows the first line that differs.
func diff(t *testing.T, file, want, got string) {
	t.Helper()
	w, g := strings.Split(strings.ReplaceAll(want, "\r\n", "\n"), "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		a, b := "", ""
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			t.Fatalf("%s:%d (write anew with -update when meant)\nwant %s\ngot  %s", file, i+1, a, b)
		}
	}
}

func TestNothingTypedBecomesMarkup(t *testing.T) {
	const evil = `"><script>alert(1)</script>`
	for name, c := range map[string]templ.Component{
		"field":   Field(FieldProps{Name: "a", Label: evil, Value: evil, Hint: evil, Error: evil, Placeholder: evil}),
		"area":    TextArea(TextAreaProps{Name: "a", Label: evil, Value: evil}),
		"select":  Select(SelectProps{Name: "a", Label: evil, Value: evil, Options: []Option{{Value: evil, Label: evil, Group: evil}}}),
		"pick":    Pick(PickProps{Name: "a", Label: evil, Options: []Option{{Value: evil, Label: evil}}}),
		"chips":   Chips(ChipsProps{Label: evil, Items: []Chip{{evil, evil, evil}}}),
		"empty":   Empty(EmptyProps{Title: evil, Text: evil, Href: evil, LinkText: evil}),
		"stat":    Stat(StatProps{Label: evil, Value: evil, Href: evil, Title: evil}),
		"toast":   Toast(ToastProps{Text: evil, UndoURL: evil}),
		"dialog":  Dialog(DialogProps{ID: "d", Title: evil}),
		"summary": ErrorSummary(ErrorSummaryProps{Errors: Errors{"a": evil}, Fields: []FieldLabel{{"a", evil}}}),
	} {
		if got := render(t, context.Background(), c); strings.Contains(got, "<script") {
			t.Errorf("%s lets markup through: %s", name, got)
		}
	}
}

// The content policy forbids style attributes, handlers and inline scripts.
func TestNothingInline(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<[^>]*\s(style|on[a-z]+)=|<script[^>]*>[^<]|<style|javascript:`)
	for name, parts := range kit() {
		for _, c := range parts {
			if m := inline.FindString(render(t, context.Background(), c)); m != "" {
				t.Errorf("%s: %s", name, m)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	e := Errors{}
	if e.Any() {
		t.Error("no faults, yet there are some")
	}
	e.Add("tel", "first")
	e.Add("tel", "second")
	if !e.Any() || e["tel"] != "first" {
		t.Errorf("the first sentence about a field stands: %v", e)
	}
}

func TestProgressNeverRunsOver(t *testing.T) {
	for _, c := range []struct {
		value, max int64
		want       string
	}{{0, 0, ""}, {5, 0, ""}, {0, 10, "0%"}, {5, 10, "50%"}, {10, 10, "100%"}, {11, 10, "100%"}, {-1, 10, "0%"}} {
		if got := (ProgressProps{Value: c.value, Max: c.max}).percent(); got != c.want {
			t.Errorf("%d of %d is %q, want %q", c.value, c.max, got, c.want)
		}
	}
}

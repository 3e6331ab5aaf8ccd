package views

import (
	"context"
	"strings"
	"unicode"

	"yike/policy/find"
	"yike/views/lang"
	"yike/views/ui"
)

// CustomerColumns are the columns of the list beside the name, in the order in
// which they stand; DefaultColumns are those shown until a person chooses.
var (
	CustomerColumns = []string{"code", "class", "short", "stage", "tags", "kind", "branch", "city", "phone", "last_visit", "next_visit",
		"owner", "clerk", "source", "industry", "terms", "account", "pieces", "complaints", "state", "created"}
	DefaultColumns = []string{"code", "stage", "tags", "city", "phone", "last_visit", "next_visit", "owner"}
)

var columnWords = map[string]string{
	"name": lang.N("客户"), "code": lang.N("编码"), "class": lang.N("分级"), "short": lang.N("简称"), "stage": lang.N("阶段"), "tags": lang.N("标签"),
	"kind": lang.N("类型"), "branch": lang.N("网点"), "city": lang.N("城市"), "phone": lang.N("电话"), "last_visit": lang.N("上次拜访"),
	"next_visit": lang.N("下次拜访"), "owner": lang.N("业务员"), "clerk": lang.N("客服"), "source": lang.N("来源"), "industry": lang.N("行业"),
	"terms": lang.N("结算"), "account": lang.N("月结账号"), "pieces": lang.N("月票数"), "complaints": lang.N("每万件投诉"), "state": lang.N("档案"), "created": lang.N("建档"),
}

// ListColumnWord names a column of the list.
func ListColumnWord(ctx context.Context, key string) string { return word(ctx, columnWords, key) }

// CustomerList is the list of customers. Count is a text, exact unless
// CountHref leads to the exact one. Query is the list's address without path.
type CustomerList struct {
	Segment                                                 *SegmentNote // when the list is one group's
	Query, Count, CountHref                                 string
	FilterHref, CSVHref, XLSXHref                           string
	Saved                                                   SavedMenu
	Filtered, Narrow, CanNew, CanImport, CanExport, CanBulk bool
	Columns                                                 []ui.Column
	Chips                                                   ui.ChipsProps
	Rows                                                    []CustomerLine
	Pager                                                   ui.PagerProps
}

// CustomerLine is one row. Name is what people call the customer, Title the
// whole name.
type CustomerLine struct {
	ID, Href, Name, Title, Class string
	Cells                        []CustomerCell
	Cases                        int64  // open ones, as far as the reader may know
	CasesHref                    string // the list of them
}

// CustomerCell is one column of a row; what is set depends on Key.
type CustomerCell struct {
	Key, Label, Text, Code, Href string
	Tags                         []string
	Moment                       Moment
}

// CustomerCount is the exact count of a list.
type CustomerCount struct{ Count, Back string }

// CustomerFilterForm is the form that adds filters; Value holds what is set.
type CustomerFilterForm struct {
	Value                  map[string]string
	Owner, Clerk           ui.FindProps
	Errors                 ui.Errors
	Classes                []string
	Branches, Tags, Places []ui.Option
	Gaps                   []ui.Option
	Back, Sort             string
}

// visitOptions are the spans without a visit that one may ask for.
func visitOptions(ctx context.Context) []ui.Option {
	out := []ui.Option{{Value: "never", Label: t(ctx, "从未拜访")}}
	for _, n := range []string{"7", "14", "30", "60", "90", "180"} {
		out = append(out, ui.Option{Value: n, Label: t(ctx, "%s 天没有拜访", n)})
	}
	return out
}

func classFilterOptions(ctx context.Context) []ui.Option {
	return []ui.Option{{Value: "A", Label: "A"}, {Value: "B", Label: "B"}, {Value: "C", Label: "C"}, {Value: "none", Label: t(ctx, "未分级")}}
}

// SearchResults is what a search found.
type SearchResults struct {
	Case  *CaseBrief // whose number was typed
	Query string
	Hits  []SearchHit
	More  bool
	Pages []NavItem // of the program, named like that
}

// SearchHit is one customer found, its name in three parts of which the middle
// one is what was typed; the phone as the reader may see it.
type SearchHit struct {
	Href, Class, Before, Match, After, Short, Code, Branch, Phone string
}

// MarkMatch cuts a name where the query stands in it, compared as the search
// compares. A name found by its pinyin has no marked part.
func MarkMatch(name, query string) (before, match, after string) {
	want := find.Fold(query)
	runes := []rune(name)
	for from := range runes {
		if want == "" || find.Fold(string(runes[from])) == "" {
			continue
		}
		for to := from + 1; to <= len(runes); to++ {
			got := find.Fold(string(runes[from:to]))
			if got == want {
				return string(runes[:from]), string(runes[from:to]), string(runes[to:])
			}
			if len(got) > len(want) || !strings.HasPrefix(want, got) {
				break
			}
		}
	}
	return strings.TrimRightFunc(name, unicode.IsSpace), "", ""
}

package views

import (
	"bytes"
	"context"
	"testing"

	"github.com/a-h/templ"

	"yike/views/ui"
)

// The rows are drawn by hand, so what templ would guarantee is tested here.
func TestCustomerLinesAreEscaped(t *testing.T) {
	rows := []CustomerLine{{ID: `1"`, Href: `javascript:alert(1)`, Name: `<b>"甲"&乙`, Title: `"><script>`, Class: "A", Cells: []CustomerCell{
		{Key: "stage", Label: "阶段", Code: "new", Text: "<新客>"},
		{Key: "tags", Label: "标签", Tags: []string{"<i>", "二", "三", "四", "五"}},
		{Key: "last_visit", Label: "上次拜访", Moment: Moment{Text: "<今天>", Full: `"满"`, ISO: "2026-11-21"}},
		{Key: "next_visit", Label: "下次拜访"},
		{Key: "phone", Label: "电话", Text: "138****1054", Href: "tel:13800001054"},
		{Key: "industry", Label: "行业", Text: "<食品>"},
		{Key: "pieces", Label: "月票数", Text: "1,200"},
	}}}
	draw := func(c templ.Component) string {
		var b bytes.Buffer
		if err := c.Render(context.Background(), &b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	want := `<tr role="row"><td class="ck" role="cell">` + draw(ui.RowBox(ui.RowBoxProps{Name: "id", Value: `1"`, Label: `选中<b>"甲"&乙`})) +
		`</td><th scope="row" role="rowheader" class="nm"><span class="row-x g6">` + draw(ui.ClassBadge("A")) +
		`<a class="strong cut" href="` + string(templ.FailedSanitizationURL) + `" title="&#34;&gt;&lt;script&gt;">&lt;b&gt;&#34;甲&#34;&amp;乙</a></span></th>` +
		`<td role="cell" class="c-stage nw t2">` + draw(ui.StageBadge("new", "<新客>")) + `</td>` +
		`<td role="cell" class="c-tags">` + draw(ui.Tag("<i>")) + draw(ui.Tag("二")) + draw(ui.Tag("三")) + `<span class="t3 s12">+2</span></td>` +
		`<td role="cell" class="c-last_visit nw t2" data-label="上次拜访"><time datetime="2026-11-21" title="&#34;满&#34;">&lt;今天&gt;</time></td>` +
		`<td role="cell" class="c-next_visit nw t2" data-label="下次拜访"><span class="zero">—</span></td>` +
		`<td role="cell" class="c-phone nw t2" data-label="电话"><a class="t2 num" href="tel:13800001054">138****1054</a></td>` +
		`<td role="cell" class="c-industry" data-label="行业">&lt;食品&gt;</td>` +
		`<td role="cell" class="c-pieces r num" data-label="月票数">1,200</td></tr>`
	if got := draw(customerLines(rows)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := draw(customerLines(append(rows, rows...))); got != want+want {
		t.Error("a second row is drawn otherwise than the first")
	}
}

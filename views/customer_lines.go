package views

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"sync"

	"github.com/a-h/templ"

	"yike/views/lang"
	"yike/views/ui"
)

// customerLines draws the rows of the list. It is written by hand, not by
// templ: a page holds some five hundred cells, and a component for each is half
// of what the whole page costs. Parts that repeat (badges, tags, the attributes
// of a column) are drawn once by the components of ui; every other text goes
// through templ's escaping.
func customerLines(rows []CustomerLine) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		d := lineDrawer{ctx: ctx, classes: map[string]string{}, stages: map[string]string{}, tags: map[string]string{}, openings: map[string]string{}}
		d.out = lineBuffers.Get().(*bytes.Buffer)
		defer func() {
			d.out.Reset()
			lineBuffers.Put(d.out)
		}()
		for _, l := range rows {
			d.line(l)
		}
		if d.err != nil {
			return d.err
		}
		_, err := w.Write(d.out.Bytes())
		return err
	})
}

// lineBuffers keep the room of one page's rows for the next page.
var lineBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// lineDrawer draws lines into out, and keeps the parts that it has drawn.
type lineDrawer struct {
	ctx                             context.Context //nolint:containedctx // lives for one page
	out                             *bytes.Buffer
	classes, stages, tags, openings map[string]string
	err                             error
}

// put writes a piece of markup of ours.
func (d *lineDrawer) put(markup string) { d.out.WriteString(markup) }

// text writes a text, escaped.
func (d *lineDrawer) text(s string) { d.out.WriteString(templ.EscapeString(s)) }

// keptBadges keeps the markup of badges by language: classes and stages are few.
var keptBadges sync.Map // badgeKey → string

type badgeKey struct{ lang, kind, code, text string }

// badge is part for what looks alike on every page.
func (d *lineDrawer) badge(kept map[string]string, kind, code, text string, draw func() templ.Component) string {
	if s, ok := kept[code]; ok {
		return s
	}
	key := badgeKey{lang.Tag(d.ctx), kind, code, text}
	if s, ok := keptBadges.Load(key); ok {
		kept[code] = s.(string)
		return kept[code]
	}
	s := d.part(kept, code, draw)
	if d.err == nil {
		keptBadges.Store(key, s)
	}
	return s
}

// part returns a component's markup, drawn at its first use.
func (d *lineDrawer) part(kept map[string]string, key string, draw func() templ.Component) string {
	s, ok := kept[key]
	if !ok {
		var b bytes.Buffer
		if err := draw().Render(d.ctx, &b); err != nil {
			d.err = err
		}
		s = b.String()
		kept[key] = s
	}
	return s
}

func (d *lineDrawer) line(l CustomerLine) {
	d.put(`<tr role="row"><td class="ck" role="cell"><input class="form-check-input" type="checkbox" data-row name="id" value="`)
	d.text(l.ID)
	d.put(`" aria-label="`)
	d.text(t(d.ctx, "选中%s", l.Name))
	d.put(`"></td><th scope="row" role="rowheader" class="nm"><span class="row-x g6">`)
	d.put(d.badge(d.classes, "class", l.Class, "", func() templ.Component { return ui.ClassBadge(l.Class) }))
	d.put(`<a class="strong cut" href="`)
	d.text(string(templ.URL(l.Href)))
	d.put(`" title="`)
	d.text(l.Title)
	d.put(`">`)
	d.text(l.Name)
	d.put(`</a>`)
	if l.Cases > 0 {
		label := t(d.ctx, "没结的工单 %d 件", l.Cases)
		d.put(`<a class="badge risk" href="`)
		d.text(string(templ.URL(l.CasesHref)))
		d.put(`" title="`)
		d.text(label)
		d.put(`" aria-label="`)
		d.text(label)
		d.put(`">`)
		d.text(t(d.ctx, "工单 %d", l.Cases))
		d.put(`</a>`)
	}
	d.put(`</span></th>`)
	for i := range l.Cells {
		d.cell(&l.Cells[i])
	}
	d.put(`</tr>`)
}

// opening is the start tag of a column's cells.
func (d *lineDrawer) opening(c *CustomerCell) string {
	s, ok := d.openings[c.Key]
	if !ok {
		class := "c-" + c.Key
		switch c.Key {
		case "pieces", "complaints":
			class += " r num"
		case "tags", "industry":
		default:
			class += " nw t2"
		}
		s = `<td role="cell" class="` + templ.EscapeString(class) + `"`
		if c.Key != "stage" && c.Key != "tags" {
			s += ` data-label="` + templ.EscapeString(c.Label) + `"`
		}
		s += `>`
		d.openings[c.Key] = s
	}
	return s
}

func (d *lineDrawer) cell(c *CustomerCell) {
	d.put(d.opening(c))
	switch c.Key {
	case "stage":
		if c.Code != "" {
			d.put(d.badge(d.stages, "stage", c.Code, c.Text, func() templ.Component { return ui.StageBadge(c.Code, c.Text) }))
		}
	case "tags":
		for i, tag := range c.Tags {
			if i < 3 {
				d.put(d.part(d.tags, tag, func() templ.Component { return ui.Tag(tag) }))
			}
		}
		if more := len(c.Tags) - 3; more > 0 {
			d.put(`<span class="t3 s12">+` + strconv.Itoa(more) + `</span>`)
		}
	case "last_visit", "next_visit", "created":
		if c.Moment.Text == "" {
			d.put(`<span class="zero">—</span>`)
			break
		}
		d.put(`<time datetime="`)
		d.text(c.Moment.ISO)
		d.put(`" title="`)
		d.text(c.Moment.Full)
		d.put(`">`)
		d.text(c.Moment.Text)
		d.put(`</time>`)
	default:
		if c.Href == "" {
			d.text(c.Text)
			break
		}
		d.put(`<a class="t2 num" href="`)
		d.text(string(templ.URL(c.Href)))
		d.put(`">`)
		d.text(c.Text)
		d.put(`</a>`)
	}
	d.put(`</td>`)
}

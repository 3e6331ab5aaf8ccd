package views

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"yike/views/lang"
)

// Frames draws pages like Layout, and keeps the frames it has drawn: they are
// the same for a reader from page to page but for the title, the watermark and
// the messages.
// A frame is kept under everything that it is drawn from, so a kept one is
// never out of date. The zero value is ready; safe for use by many at once.
type Frames struct {
	mu   sync.Mutex
	kept map[string]*keptFrame
}

// maxFrames bounds what is kept: some ten kilobytes each.
const maxFrames = 200

// keptFrame is the markup around what differs from page to page. Before each
// piece but the first stands a slot.
type keptFrame struct {
	pieces []string
	slots  []byte
}

// Slots of a frame, as they stand in its markup behind slotMark, which no text
// of ours or of a reader holds.
const (
	slotMark    = "\ue000slot:"
	slotTitle   = 't'
	slotContent = 'c'
	slotStamp   = 'm' // the watermark
)

// Layout is the whole document around a page's content.
func (f *Frames) Layout(p Page, content templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		kept, err := f.of(ctx, p)
		if err != nil {
			return err
		}
		for i, piece := range kept.pieces {
			if i > 0 {
				if err := p.fill(ctx, w, kept.slots[i-1], content); err != nil {
					return err
				}
			}
			if _, err := io.WriteString(w, piece); err != nil {
				return err
			}
		}
		return nil
	})
}

// fill writes what stands in a slot.
func (p Page) fill(ctx context.Context, w io.Writer, slot byte, content templ.Component) (err error) {
	switch slot {
	case slotTitle:
		_, err = io.WriteString(w, templ.EscapeString(p.Title))
	case slotStamp:
		_, err = io.WriteString(w, templ.EscapeString(p.Mark))
	case slotContent:
		if len(p.Flash) > 0 && p.User != nil {
			if err := flashes(p.Flash).Render(ctx, w); err != nil {
				return err
			}
		}
		err = content.Render(ctx, w)
	}
	return err
}

func (f *Frames) of(ctx context.Context, p Page) (*keptFrame, error) {
	p.Title, p.Mark = strings.TrimSpace(p.Title), strings.TrimSpace(p.Mark)
	key := p.frameKey(ctx)
	f.mu.Lock()
	kept := f.kept[key]
	f.mu.Unlock()
	if kept != nil {
		return kept, nil
	}
	p.Flash = nil
	if p.Title != "" {
		p.Title = slotMark + string(slotTitle)
	}
	if p.Mark != "" {
		p.Mark = slotMark + string(slotStamp)
	}
	here := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, slotMark+string(slotContent))
		return err
	})
	var b bytes.Buffer
	if err := Layout(p).Render(templ.WithChildren(ctx, here), &b); err != nil {
		return nil, err
	}
	kept = &keptFrame{}
	for i, piece := range strings.Split(b.String(), slotMark) {
		if i > 0 {
			kept.slots, piece = append(kept.slots, piece[0]), piece[1:]
		}
		kept.pieces = append(kept.pieces, piece)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept == nil || len(f.kept) >= maxFrames {
		f.kept = map[string]*keptFrame{}
	}
	f.kept[key] = kept
	return kept, nil
}

// frameKey is everything that a frame is drawn from; what fills slots counts
// only as being there or not.
func (p Page) frameKey(ctx context.Context) string {
	b := make([]byte, 0, 2048)
	add := func(texts ...string) {
		for _, s := range texts {
			b = append(append(b, s...), 0)
		}
	}
	flags := func(list ...bool) {
		for _, v := range list {
			if v {
				b = append(b, 1)
			} else {
				b = append(b, 2)
			}
		}
	}
	item := func(i NavItem) {
		add(i.Label, i.Href, i.Icon, i.Count)
		flags(i.Over, i.Active)
	}
	add(lang.Tag(ctx), p.Lang, p.Theme, p.Foot)
	flags(p.Search, p.Title == "", p.Mark == "", p.User == nil, p.Banner == nil)
	if p.User != nil {
		add(p.User.Name, p.User.Role, p.User.Initial, p.User.ID)
	}
	if p.Banner != nil {
		add(p.Banner.Kind, p.Banner.Text, p.Banner.Href, p.Banner.LinkText)
	}
	if p.Help != nil {
		add(p.Help.Key, p.Help.Hint)
	}
	flags(p.Help == nil)
	for _, g := range p.Nav {
		add("\x01", g.Label)
		for _, i := range g.Items {
			item(i)
		}
		add("\x02")
		for _, i := range g.More {
			item(i)
		}
	}
	add("\x01")
	for _, i := range p.Tabs {
		item(i)
	}
	add("\x01")
	for _, i := range p.New {
		item(i)
	}
	add("\x01")
	add(p.Scripts...)
	return string(b)
}

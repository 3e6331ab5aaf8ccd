package views

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"yike/views/lang"
)

// Frames draws pages like Layout, and keeps the frames it has drawn: they are
// the same for a reader from page to page but for the title and the messages.
// A frame is kept under everything that it is drawn from, so a kept one is
// never out of date. The zero value is ready; safe for use by many at once.
type Frames struct {
	mu   sync.Mutex
	kept map[string]*keptFrame
}

// maxFrames bounds what is kept: some ten kilobytes each.
const maxFrames = 200

// keptFrame is the markup before and after the content. Between two pieces of
// before stands the title.
type keptFrame struct {
	before []string
	after  string
}

// Where the title and the content go; no text of ours or of a reader holds
// these.
const (
	titleMark   = "\ue000title\ue000"
	contentMark = "\ue000content\ue000"
)

// Layout is the whole document around a page's content.
func (f *Frames) Layout(p Page, content templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		kept, err := f.of(ctx, p)
		if err != nil {
			return err
		}
		title := templ.EscapeString(strings.TrimSpace(p.Title))
		for i, piece := range kept.before {
			if i > 0 {
				if _, err := io.WriteString(w, title); err != nil {
					return err
				}
			}
			if _, err := io.WriteString(w, piece); err != nil {
				return err
			}
		}
		if len(p.Flash) > 0 && p.User != nil {
			if err := flashes(p.Flash).Render(ctx, w); err != nil {
				return err
			}
		}
		if err := content.Render(ctx, w); err != nil {
			return err
		}
		_, err = io.WriteString(w, kept.after)
		return err
	})
}

func (f *Frames) of(ctx context.Context, p Page) (*keptFrame, error) {
	key := p.frameKey(ctx)
	f.mu.Lock()
	kept := f.kept[key]
	f.mu.Unlock()
	if kept != nil {
		return kept, nil
	}
	p.Flash = nil
	if p.Title != "" {
		p.Title = titleMark
	}
	var b bytes.Buffer
	mark := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, contentMark)
		return err
	})
	if err := Layout(p).Render(templ.WithChildren(ctx, mark), &b); err != nil {
		return nil, err
	}
	before, after, ok := strings.Cut(b.String(), contentMark)
	if !ok {
		return nil, errors.New("the layout has no place for the content")
	}
	kept = &keptFrame{strings.Split(before, titleMark), after}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept == nil || len(f.kept) >= maxFrames {
		f.kept = map[string]*keptFrame{}
	}
	f.kept[key] = kept
	return kept, nil
}

// frameKey is everything that a frame is drawn from, the title and the messages
// left out.
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
	flags(p.Search, p.Title == "", p.User == nil, p.Banner == nil)
	if p.User != nil {
		add(p.User.Name, p.User.Role, p.User.Initial, p.User.ID)
	}
	if p.Banner != nil {
		add(p.Banner.Kind, p.Banner.Text, p.Banner.Href, p.Banner.LinkText)
	}
	for _, g := range p.Nav {
		add("\x01", g.Label)
		for _, i := range g.Items {
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

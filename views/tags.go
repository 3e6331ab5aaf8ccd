package views

import (
	"context"

	"yike/policy/profile"
	"yike/views/lang"
	"yike/views/ui"
)

// TagsPage is the page of all tags.
type TagsPage struct {
	Form      TagForm
	Rows      []TagRow
	CanChange bool // for the whole company
}

// TagRow is one tag.
type TagRow struct {
	ID         string
	Chip       ui.TagProps
	Kind, Hint string
}

// TagForm is a tag as it is typed; Was is it as it stands: name, kind, hint.
type TagForm struct {
	ID, Action, Name, Kind, Hint string
	Was                          [3]string
	Customers                    string // how many have it, as far as the reader sees
	Held                         bool
	Errors                       ui.Errors
}

func (f TagForm) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "name", Label: lang.T(ctx, "标签")}, {Name: "kind", Label: lang.T(ctx, "哪一类")}, {Name: "hint", Label: lang.T(ctx, "上门时提醒")}}
}

func tagKindOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, k := range profile.TagKinds {
		out = append(out, ui.Option{Value: k, Label: TagKindWord(ctx, k)})
	}
	return out
}

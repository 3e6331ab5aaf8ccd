package views

import (
	"context"

	"yike/views/lang"
	"yike/views/ui"
)

// CausesPage is the page of the causes of cases.
type CausesPage struct {
	Form CauseForm
	Rows []CauseRow
}

// CauseRow is a cause: Sub of the second level, Above when the one above it is
// retired.
type CauseRow struct {
	Path, Version, Name, Cases       string
	Sub, Retired, Above, First, Last bool
}

// CauseForm is the form of a cause; Tops are those below which it may stand,
// Prompt what it says for the first level.
type CauseForm struct {
	Action, Name, Parent, Version, Prompt, Was string
	Shipped                                    bool
	Tops, Others                               []ui.Option // below which it may stand; to which its cases may go
	Errors                                     ui.Errors
}

func (f CauseForm) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "name", Label: lang.T(ctx, "原因")}, {Name: "parent", Label: lang.T(ctx, "归在哪一项下面")}}
}

package handlers

import (
	"context"
	"net/http"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/mask"
	"yike/views"
	"yike/views/lang"
)

// measureExport writes the measures of the list, by the same filters.
func (h *Handlers) measureExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	f, v := h.measureQuery(r)
	f.At, f.Limit = db.MeasureKey{}, 500
	if !a.Can(policy.MeasureRead) {
		return db.ErrRefused
	}
	leaves := a.Scope(policy.CustomerExport)
	f.Also = &leaves
	n, err := h.db.CountMeasures(ctx, a, f, mostExported+1)
	if err != nil {
		return err
	}
	back := hrefWith("/measures", v)
	if ok, err := h.mayLeave(w, r, int64(n), back, lang.T(ctx, "超过 %d 条，一个文件放不下。先选网点或日子，再分几次导出。", mostExported)); !ok {
		return err
	}
	return h.sendFile(w, r, fileOf{act: "measures.export", name: "measures", sheet: lang.T(ctx, "改进措施"), back: back, detail: conditions(v),
		heads: []string{lang.T(ctx, "要做什么"), lang.T(ctx, "从哪里来"), lang.T(ctx, "客户"), lang.T(ctx, "网点"), lang.T(ctx, "谁负责"), lang.T(ctx, "哪天开始"), lang.T(ctx, "哪天做完"), lang.T(ctx, "实际做完"), lang.T(ctx, "进度"), lang.T(ctx, "结果"),
			lang.T(ctx, "用哪个数看"), lang.T(ctx, "做到什么样算好"), lang.T(ctx, "哪天看效果"), lang.T(ctx, "效果"), lang.T(ctx, "接下来怎么办")},
		rows: func(write func(...sheet.Cell) error) ([]int64, error) { return h.measureRows(ctx, a, f, write) }})
}

// measureRows writes the rows of an export, masked as the list is.
func (h *Handlers) measureRows(ctx context.Context, a policy.Actor, f db.MeasureFilter, write func(...sheet.Cell) error) (customers []int64, err error) {
	for more := true; more; {
		var list []db.MeasureRow
		if list, more, err = h.db.Measures(ctx, a, f); err != nil {
			return customers, err
		}
		for _, m := range list {
			level := h.measureMask(a, m)
			var cells []sheet.Cell
			for _, text := range []string{mask.Text(m.Said, level), views.MeasureSourceWord(ctx, m.Source), m.Customer, h.db.BranchName(m.BranchID), m.User, m.From, m.Due, m.DoneDay, views.MeasureStateWord(ctx, m.State), mask.Text(m.Result, level),
				views.MeasureFigureWord(ctx, m.Figure), mask.Text(m.Goal, level), m.Review, views.MeasureVerdictWord(ctx, m.Verdict), mask.Text(m.Learned, level)} {
				cells = append(cells, sheet.TextOf(text))
			}
			if err := write(cells...); err != nil {
				return customers, err
			}
			if m.CustomerID != 0 {
				customers = append(customers, m.CustomerID)
			}
			f.At = db.MeasureKey{Due: m.Due, ID: m.ID}
		}
	}
	return customers, nil
}

package handlers

import (
	"context"
	"net/http"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/views"
	"yike/views/lang"
)

// claimExport writes the claims of the list, by the same filters.
func (h *Handlers) claimExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	f, v := h.claimQuery(r)
	f.At, f.Limit = db.ClaimKey{}, 500
	scope, leaves := a.Scope(policy.ClaimRead), a.Scope(policy.CustomerExport)
	if scope.Empty() {
		return db.ErrRefused
	}
	f.Also = &leaves
	sums, err := h.db.SumClaims(ctx, scope, f)
	if err != nil {
		return err
	}
	back := hrefWith("/claims", v)
	if ok, err := h.mayLeave(w, r, int64(sums.Count), back, lang.T(ctx, "超过 %d 条，一个文件放不下。先选网点或日子，再分几次导出。", mostExported)); !ok {
		return err
	}
	return h.sendFile(w, r, fileOf{act: "claims.export", name: "claims", sheet: lang.T(ctx, "理赔"), back: back, detail: conditions(v),
		heads: []string{lang.T(ctx, "工单"), lang.T(ctx, "客户"), lang.T(ctx, "运单"), lang.T(ctx, "状态"), lang.T(ctx, "客户要多少（元）"), lang.T(ctx, "同意（元）"), lang.T(ctx, "已付（元）"), lang.T(ctx, "哪天付的"), lang.T(ctx, "怎么付的"), lang.T(ctx, "登记"), lang.T(ctx, "谁提出的"), lang.T(ctx, "谁批的"), lang.T(ctx, "网点")},
		rows:  func(write func(...sheet.Cell) error) ([]int64, error) { return h.claimRows(ctx, scope, f, write) }})
}

// claimRows writes the rows of an export.
func (h *Handlers) claimRows(ctx context.Context, scope policy.Scope, f db.ClaimFilter, write func(...sheet.Cell) error) (customers []int64, err error) {
	yuan := func(fen int64) sheet.Cell { return sheet.NumberOf(float64(fen) / 100) }
	for more := true; more; {
		var list []db.ClaimRow
		if list, more, err = h.db.Claims(ctx, scope, f); err != nil {
			return customers, err
		}
		for _, x := range list {
			how := ""
			if x.PaidHow != "" {
				how = views.PayMeansWord(ctx, x.PaidHow)
			}
			if err := write(sheet.TextOf(x.Code), sheet.TextOf(x.Customer), sheet.TextOf(x.Number), sheet.TextOf(views.ClaimStateWord(ctx, x.State)), yuan(x.Asked), yuan(agreedFen(x)), yuan(x.Paid),
				sheet.TextOf(x.PaidDay), sheet.TextOf(how), sheet.TextOf(x.Day), sheet.TextOf(x.Proposer), sheet.TextOf(x.Decider), sheet.TextOf(h.db.BranchName(x.BranchID))); err != nil {
				return customers, err
			}
			if x.CustomerID != 0 {
				customers = append(customers, x.CustomerID)
			}
			f.At = db.ClaimKey{Day: x.Day, ID: x.ID}
		}
	}
	return customers, nil
}

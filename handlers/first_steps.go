package handlers

import (
	"context"
	"slices"

	"yike/db"
	"yike/policy"
	"yike/views"
	"yike/views/lang"
)

// hintFirstSteps is by what the first steps are put away for good.
const hintFirstSteps = "first-steps"

// firstSteps leads who sets a new installation up through its first hour: the
// clients, the colleagues, the parcels. It is gone once all of it is there, and
// then costs nothing; or once they put it away.
func (h *Handlers) firstSteps(ctx context.Context, a policy.Actor) (views.FirstSteps, error) {
	var p views.FirstSteps
	if h.begun.Load() || !a.Can(policy.UserEdit) || !a.Can(policy.ImportRun) || !a.Can(policy.CustomerRead) {
		return p, nil
	}
	away, err := h.hintsAway(ctx, a)
	if err != nil || slices.Contains(away, hintFirstSteps) {
		return p, err
	}
	clients, err := h.db.Customers(ctx, a.Scope(policy.CustomerRead), db.CustomerFilter{Limit: 1})
	if err != nil {
		return p, err
	}
	people, err := h.db.CountPeople(ctx, a.Scope(policy.UserEdit), db.PeopleFilter{})
	if err != nil {
		return p, err
	}
	parcels := 1
	if a.Can(policy.WaybillRead) {
		if parcels, err = h.db.CountWaybills(ctx, a.Scope(policy.WaybillRead), db.WaybillFilter{}, 1); err != nil {
			return p, err
		}
	}
	if len(clients.Rows) > 0 && people > 1 && parcels > 0 {
		h.begun.Store(true)
		return p, nil
	}
	p.Hint = hintFirstSteps
	p.Steps = []views.FirstStep{
		{Title: lang.T(ctx, "导入客户台账"), Text: lang.T(ctx, "现在用的表格不用改，传上来先看，确认后才导入，30 天内能撤销。"), Act: lang.T(ctx, "去导入"), Href: "/imports/new?kind=customers", Done: len(clients.Rows) > 0},
		{Title: lang.T(ctx, "添加同事"), Text: lang.T(ctx, "贴上名单，一次添加几位。业务员有了账号，台账里的客户才认得出归谁。"), Act: lang.T(ctx, "添加同事"), Href: "/users/several", Done: people > 1},
		{Title: lang.T(ctx, "导入运单或月账单"), Text: lang.T(ctx, "有了运单，分级、件量雷达和对账才有数。"), Act: lang.T(ctx, "去导入"), Href: "/imports/new?kind=waybills", Done: parcels > 0},
	}
	return p, nil
}

package demo

import (
	"context"
	"strconv"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
)

// callFirst has handlers call the clients of most parcels of which a rule opened
// a case, and end some of those cases.
func (w *world) callFirst(ctx context.Context, d *db.DB, system policy.Actor) error {
	list, err := d.Cases(ctx, system, db.CaseFilter{Alert: db.AlertAny, Limit: 500})
	if err != nil {
		return err
	}
	for i, x := range list.Rows {
		dice := newDice(w.cfg.Seed, "call first "+strconv.Itoa(i), i)
		called, told := dice.chance(0.65), dice.chance(0.6)
		if x.UserID == 0 || !called && !told {
			continue
		}
		in, err := d.Actors().Actor(ctx, x.UserID)
		if err != nil {
			return err
		}
		ref := db.CaseRef{ID: x.ID}
		if called {
			if err := d.CallFirst(ctx, in.Actor, ref, pick(dice, calledFirst)); err != nil {
				return err
			}
		}
		if !told {
			continue
		}
		if _, err := d.TellCase(ctx, in.Actor, ref, db.CaseTold{How: "phone", Result: pick(dice, results), Satisfied: casework.Satisfied, Close: true}); err != nil {
			return err
		}
	}
	return nil
}

// What clients say when they are called before they call.
var calledFirst = []string{"客户说谢谢，等明天", "客户还不知道，说幸好早说", "客户急着要，请催一下", "客户让先放驿站"}

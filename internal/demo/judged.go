package demo

import (
	"context"
	"encoding/json"
	"fmt"

	"yike/db"
	"yike/policy"
	"yike/policy/classify"
	"yike/policy/day"
)

// Pilot lets one branch try a rule of classes of its own from the first of the
// month on, set by head office. It goes before the nights that label clients.
func Pilot(ctx context.Context, d *db.DB, today day.Day) error {
	chief, err := actor(ctx, d, "chief")
	if err != nil {
		return err
	}
	rule := classify.DefaultClasses()
	rule.Methods, rule.All = []string{classify.ByAmount, classify.ByShare}, false
	value, err := json.Marshal(rule)
	if err != nil {
		return err
	}
	for _, b := range d.Branches(ctx, chief.Scope(policy.ClassRule)) {
		if b.Code != "HZ02" {
			continue
		}
		_, err = d.SetRule(ctx, chief, policy.ClassRule, db.RuleRow{Rule: db.RuleClasses, BranchID: b.ID, ValidFrom: today.MonthStart().String(), Value: string(value), Reason: "试点：月均运费之外，占网点八成运费的也算 A 类"})
		return err
	}
	return nil
}

// Contested lets a rep object to one of the changes of class that wait after a
// night: to the first of their own clients who would fall.
func Contested(ctx context.Context, d *db.DB) error {
	rep, err := actor(ctx, d, "rep1")
	if err != nil {
		return err
	}
	list, _, err := d.ClassChanges(ctx, rep.Scope(policy.CustomerEdit), db.ClassChangeFilter{Limit: 200})
	if err != nil {
		return err
	}
	for _, x := range list {
		if x.OwnerID == rep.UserID && x.Old == "B" && x.New == "C" {
			return d.Contest(ctx, rep, x.CustomerID, "class", "B", "仓库搬家停了两个月，下月恢复，年框还在")
		}
	}
	return nil
}

func actor(ctx context.Context, d *db.DB, user string) (policy.Actor, error) {
	u, err := d.Credentials(ctx, user)
	if err != nil {
		return policy.Actor{}, fmt.Errorf("demo's %s: %w", user, err)
	}
	in, err := d.Actors().Actor(ctx, u.ID)
	return in.Actor, err
}

package demo

import (
	"context"
	"encoding/json"
	"fmt"

	"yike/db"
	"yike/policy"
	"yike/policy/classify"
	"yike/policy/day"
	"yike/policy/people"
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

// Aimed sets what people's work and branches are to come to, a year before today.
func Aimed(ctx context.Context, d *db.DB, today day.Day) error {
	chief, err := actor(ctx, d, "chief")
	if err != nil {
		return err
	}
	value, err := json.Marshal(people.Aimed{Aims: people.Targets{
		{Measure: people.Visits, Group: people.Rep, Value: 180}, {Measure: people.Praise, Group: people.Rep, Value: 900}, {Measure: people.Forms, Group: people.Rep, Value: 3},
		{Measure: people.Answered, Group: people.Clerk, Value: 950}, {Measure: people.Signed, Group: people.Courier, Value: 980},
		{Measure: "answered", Group: people.Branch, Value: 950}, {Measure: "csi", Group: people.Branch, Value: 850}, {Measure: "visits", Group: people.Branch, Value: 600},
	}})
	if err != nil {
		return err
	}
	_, err = d.SetRule(ctx, chief, policy.PeopleRule, db.RuleRow{Rule: db.RuleTargets, ValidFrom: today.MonthStart().AddMonths(-12).String(), Value: string(value), Reason: "年度目标"})
	return err
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

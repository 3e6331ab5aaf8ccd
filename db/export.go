package db

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/mask"
	"yike/policy/phone"
	"yike/policy/place"
	"yike/policy/shipping"
)

// CustomerExport is a list on its way into a file: exactly what is listed, in
// its order and columns. It is put into words by whoever starts it, since a
// task that writes it later knows no language.
type CustomerExport struct {
	Filter  CustomerFilter
	Columns []string                     // of the list
	Titles  []string                     // one per column
	Words   map[string]map[string]string // column → word of policy/profile → label
}

// ExportCustomers hands the rows to fn as texts, one per column, in batches, and
// whose they are; phones as the actor sees them.
func (d *DB) ExportCustomers(ctx context.Context, by policy.Actor, e CustomerExport, fn func(customers []int64, rows [][]string) error) error {
	e.Filter.WithPhones, e.Filter.WithTags = slices.Contains(e.Columns, "phone"), slices.Contains(e.Columns, "tags")
	tags, people := map[int64]string{}, map[int64]string{}
	list, err := d.Tags(ctx)
	if err != nil {
		return err
	}
	for _, t := range list {
		tags[t.ID] = t.Name
	}
	return d.EachCustomer(ctx, by.Scope(policy.CustomerExport), e.Filter, func(rows []CustomerRow) error {
		var ids []int64
		for _, c := range rows {
			for _, id := range []int64{c.OwnerID, c.ClerkID} {
				if _, known := people[id]; id != 0 && !known {
					people[id] = ""
					ids = append(ids, id)
				}
			}
		}
		names, err := d.UserNames(ctx, ids)
		if err != nil {
			return err
		}
		for id, name := range names {
			people[id] = name
		}
		var rates map[int64]shipping.Complaints
		if slices.Contains(e.Columns, "complaints") {
			if rates, err = d.complaintRatesOf(ctx, by, rows); err != nil {
				return err
			}
		}
		out, customers := make([][]string, len(rows)), make([]int64, len(rows))
		for i, c := range rows {
			customers[i] = c.ID
			level := d.MaskFor(by, c.BranchID, c.OwnerID, c.ClerkID)
			out[i] = make([]string, len(e.Columns))
			for k, column := range e.Columns {
				if out[i][k] = e.text(d, c, column, level, people, tags); column == "complaints" {
					out[i][k] = rates[c.ID].Text()
				}
			}
		}
		return fn(customers, out)
	})
}

// complaintRatesOf are the rates of those rows whose cases the actor sees.
func (d *DB) complaintRatesOf(ctx context.Context, by policy.Actor, rows []CustomerRow) (map[int64]shipping.Complaints, error) {
	var ids []int64
	scope := by.Scope(policy.CaseRead)
	for _, c := range rows {
		if d.sees(scope, c.BranchID, c.OwnerID, c.ClerkID) {
			ids = append(ids, c.ID)
		}
	}
	return d.ComplaintRates(ctx, ids, day.At(d.now(), Zone))
}

func (e CustomerExport) text(d *DB, c CustomerRow, column string, level mask.Level, people, tags map[int64]string) string {
	word := func(code string) string {
		if label, ok := e.Words[column][code]; ok {
			return label
		}
		return code
	}
	switch column {
	case "name":
		return c.Name
	case "code":
		return c.Code
	case "class":
		return c.Class
	case "short":
		return c.ShortName
	case "stage":
		return word(c.Stage)
	case "kind":
		return word(c.Kind)
	case "source":
		return word(c.Source)
	case "state":
		return word(c.State)
	case "terms":
		return word(c.Terms)
	case "tags":
		names := make([]string, len(c.Tags))
		for i, id := range c.Tags {
			names[i] = tags[id]
		}
		return strings.Join(names, " ")
	case "branch":
		return d.BranchName(c.BranchID)
	case "owner":
		return people[c.OwnerID]
	case "clerk":
		return people[c.ClerkID]
	case "city":
		if at, ok := place.ByCode(c.CityCode); ok {
			return at.Name
		}
	case "phone":
		if level == mask.Full {
			return c.Phone
		}
		return mask.Phone(phone.Display(c.Phone), level)
	case "last_visit":
		return c.LastVisitOn
	case "next_visit":
		return c.NextVisitOn
	case "industry":
		return c.Industry
	case "account":
		return c.AccountNo
	case "pieces":
		if c.MonthlyPieces > 0 {
			return strconv.FormatInt(c.MonthlyPieces, 10)
		}
	case "created":
		return Day(time.UnixMilli(c.CreatedAt))
	}
	return ""
}

package db

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
)

// TestEachQuestionIsFoundByItsIndex: a stranger's guess and a question asked
// anew read no row but those that they are about.
func TestEachQuestionIsFoundByItsIndex(t *testing.T) {
	ctx := context.Background()
	d, err := Open(ctx, Config{DSN: filepath.Join(t.TempDir(), "yike.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	of := func(s RatedSubject) cond {
		where, arg := s.askedBefore()
		return cond{askedBeforeSQL(where), []any{arg}}
	}
	for name, c := range map[string]struct {
		query cond
		with  string
	}{
		"a guess":           {cond{oneRatingSQL(ratingByToken), []any{LinkHash("x")}}, "r USING INDEX ratings_token (token_hash=?)"},
		"one's own device":  {cond{oneRatingSQL(`r.id = $1`), []any{7}}, "r USING INTEGER PRIMARY KEY (rowid=?)"},
		"about a parcel":    {of(RatedSubject{WaybillID: 7, CustomerID: 8}), "r USING INDEX ratings_waybill (waybill_id=?)"},
		"about a case":      {of(RatedSubject{CaseID: 7, CustomerID: 8}), "r USING INDEX ratings_case (case_id=?)"},
		"about the service": {of(RatedSubject{CustomerID: 8}), "r USING INDEX ratings_customer (customer_id=? AND answered_on=?)"},
		"parcels of a sender, attached": {cond{handRatingsSQL(`customer_id IS NULL`), []any{7, 8, 9}},
			"ratings USING COVERING INDEX ratings_waybill (waybill_id=?)"},
	} {
		var plan strings.Builder
		if err := d.eachRow(ctx, "EXPLAIN QUERY PLAN "+c.query.text, c.query.args, func(scan func(...any) error) error {
			var id, parent, unused int64
			var text string
			err := scan(&id, &parent, &unused, &text)
			plan.WriteString(text + "\n")
			return err
		}); err != nil {
			t.Fatal(name, err)
		}
		if !strings.Contains(plan.String(), "SEARCH "+c.with) || strings.Contains(plan.String(), "SCAN") {
			t.Errorf("%s: the plan should have %q and no scan:\n%s", name, c.with, plan.String())
		}
	}
}

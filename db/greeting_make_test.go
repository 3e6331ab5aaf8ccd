package db

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"yike/internal/pgtest"
	"yike/policy"
	"yike/policy/day"
)

// Another node has made some of the greetings between reading and writing: the
// others are made, each once, with its record and what it names, and asked
// again nothing is.
func TestGreetingsThatAreThereAlreadyHoldUpNoOthers(t *testing.T) {
	for engine, open := range map[string]func() string{"sqlite": func() string { return filepath.Join(t.TempDir(), "yike.db") }, "postgres": func() string { return pgtest.FreshDB(t) }} {
		t.Run(engine, func(t *testing.T) {
			d, _, branch := loadHouse(t, open())
			ctx, system := context.Background(), policy.SystemActor("test")
			var list []Greeting
			for i := range 90 {
				customer, err := d.CreateCustomer(ctx, system, Submission{}, Customer{BranchID: branch, Name: fmt.Sprintf("第%d家", i)})
				if err != nil {
					t.Fatal(err)
				}
				contact, err := d.SaveContact(ctx, system, Submission{}, Contact{CustomerID: customer, Name: "王"})
				if err != nil {
					t.Fatal(err)
				}
				g := Greeting{ContactID: contact, CustomerID: customer, BranchID: branch, Occasion: "spring", Season: 2027, Day: "2027-02-06", Due: "2027-02-06", Mood: "joyful", means: "call",
					Follows: "owner", State: GreetingOpen, Version: 1, Also: []GreetingAlso{{"lantern", "2027-02-20"}}}
				also := g
				also.Occasion, also.Day, also.Due, also.Also, also.LeadID = "lantern", "2027-02-20", "2027-02-20", nil, -1
				list = append(list, g, also)
			}
			write := func(part []Greeting, made int64) {
				t.Helper()
				log, err := d.checkpoints(ctx)
				if err != nil {
					t.Fatal(err)
				}
				defer log.end()
				s := greetSweep{d: d, by: system, today: day.MustParse("2027-01-31"), log: log}
				if err := s.write(ctx, part); err != nil || s.n != made {
					t.Errorf("made %d of %d, %v", s.n, made, err)
				}
			}
			write(list[60:80], 10)
			write(list, 80)
			write(list, 0)
			for what, query := range map[string]string{
				"greetings":              `SELECT COUNT(*) FROM greetings WHERE lead_id IS NULL`,
				"that one names":         `SELECT COUNT(*) FROM greetings n JOIN greetings g ON g.id = n.lead_id AND g.contact_id = n.contact_id AND g.lead_id IS NULL AND g.also <> '' AND n.also = ''`,
				"contacts":               `SELECT COUNT(DISTINCT contact_id) FROM greetings`,
				"records of their start": `SELECT COUNT(DISTINCT h.row_id) FROM changes h JOIN greetings g ON g.id = h.row_id JOIN audits a ON a.id = h.audit_id AND a.act = 'greetings.make' WHERE h.entity = 'greetings' AND h.kind = 'create'`,
			} {
				var n int
				if err := d.r.QueryRowContext(ctx, query).Scan(&n); err != nil || n != 90 {
					t.Errorf("%s: %d of 90, %v", what, n, err)
				}
			}
			if r, err := d.CheckChain(ctx); err != nil || !r.Whole() {
				t.Errorf("the chain of records: %+v, %v", r, err)
			}
		})
	}
}

package db

import (
	"context"
	"errors"
	"fmt"

	"yike/policy"
)

// DataUse is what is held about a client and its contacts, in numbers, and
// where it came from (art. 17).
type DataUse struct {
	Customer                                  Customer
	Contacts, Birthdays, Phones, WeChats      int
	Emails, Visits, Photos, Optional, Changes int
	CreatedBy                                 string
	ImportFile, ImportBy                      string // of the import that made the file, "" = none
	ImportAt                                  int64
	Waybills, Entries, Alerts                 int
	Greetings, Ratings                        int
	Letters                                   int
	Cases, Measures, Activities               int
	Forms                                     int // told the marketing department
	Labels                                    int // what the rules call it, its changes, and what was said of them
	Archived                                  int // out of use
	Requests                                  []Request
}

// DataUse reads the data-use record of a client. The scope is that of
// customers.rights; ErrNotFound beyond it.
func (d *DB) DataUse(ctx context.Context, scope policy.Scope, customer int64) (DataUse, error) {
	var out DataUse
	c, err := d.customer(ctx, d.r, scope, customer, false)
	if err != nil {
		return out, err
	}
	out.Customer = c
	err = d.r.QueryRowContext(ctx, `
		SELECT (SELECT COUNT(*) FROM contacts WHERE customer_id = $1 AND deleted_at = 0),
			(SELECT COUNT(*) FROM contacts WHERE customer_id = $1 AND deleted_at = 0 AND birthday_month <> 0),
			(SELECT COUNT(*) FROM phones WHERE customer_id = $1),
			(SELECT COUNT(*) FROM contacts WHERE customer_id = $1 AND deleted_at = 0 AND wechat <> ''),
			(SELECT COUNT(*) FROM contacts WHERE customer_id = $1 AND deleted_at = 0 AND email <> ''),
			(SELECT COUNT(*) FROM visits WHERE customer_id = $1 AND deleted_at = 0),
			(SELECT COUNT(*) FROM visit_photos x JOIN visits v ON v.id = x.visit_id WHERE v.customer_id = $1) + (SELECT COUNT(*) FROM case_photos x JOIN cases k ON k.id = x.case_id WHERE k.customer_id = $1)
				+ (SELECT COUNT(*) FROM feedback_photos x JOIN feedback_forms f ON f.id = x.form_id WHERE f.customer_id = $1 AND f.deleted_at = 0)
				+ (SELECT COUNT(*) FROM case_claim_photos x JOIN case_claims m ON m.id = x.claim_id WHERE m.customer_id = $1),
			(SELECT COUNT(*) FROM sensitive_values WHERE customer_id = $1),
			(SELECT COUNT(*) FROM changes WHERE customer_id = $1),
			(SELECT CAST(coalesce(SUM(waybills), 0) AS BIGINT) FROM customer_months WHERE customer_id = $1),
			(SELECT COUNT(*) FROM account_entries WHERE customer_id = $1),
			(SELECT COUNT(*) FROM radar_alerts WHERE customer_id = $1) + (SELECT COUNT(*) FROM time_marks WHERE customer_id = $1),
			(SELECT COUNT(*) FROM greetings WHERE customer_id = $1),
			(SELECT COUNT(*) FROM ratings WHERE customer_id = $1),
			(SELECT COUNT(*) FROM customers WHERE id = $1 AND level <> '') + (SELECT COUNT(*) FROM label_events WHERE customer_id = $1)
				+ (SELECT COUNT(*) FROM label_holds WHERE customer_id = $1) + (SELECT COUNT(*) FROM class_changes WHERE customer_id = $1),
			(SELECT COUNT(*) FROM outbox WHERE customer_id = $1),
			(SELECT COUNT(*) FROM cases WHERE customer_id = $1),
			(SELECT COUNT(*) FROM feedback_forms WHERE customer_id = $1 AND deleted_at = 0),
			(SELECT COUNT(*) FROM measures WHERE customer_id = $1 AND deleted_at = 0),
			(SELECT COUNT(*) FROM activity_clients x JOIN activities a ON a.id = x.activity_id WHERE x.customer_id = $1 AND a.deleted_at = 0),
			(SELECT COUNT(*) FROM archived WHERE customer_id = $1),
			coalesce((SELECT name FROM users WHERE id = $2), '')`, customer, c.CreatedBy).
		Scan(&out.Contacts, &out.Birthdays, &out.Phones, &out.WeChats, &out.Emails, &out.Visits, &out.Photos, &out.Optional, &out.Changes, &out.Waybills, &out.Entries, &out.Alerts, &out.Greetings, &out.Ratings, &out.Labels, &out.Letters, &out.Cases, &out.Forms, &out.Measures, &out.Activities, &out.Archived, &out.CreatedBy)
	if err != nil {
		return out, fmt.Errorf("data of customer %d: %w", customer, err)
	}
	if c.WeChat != "" {
		out.WeChats++
	}
	if c.Email != "" {
		out.Emails++
	}
	if c.ImportID != 0 {
		m, err := d.importBy(ctx, d.r, c.ImportID)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return out, err
		}
		out.ImportFile, out.ImportBy, out.ImportAt = m.FileName, m.UserName, m.AppliedAt
	}
	out.Requests, err = d.Requests(ctx, scope, RequestFilter{All: true, Customer: customer, Limit: 100})
	return out, err
}

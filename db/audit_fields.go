package db

import (
	"cmp"
	"context"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// What stands in an audit record is kept for years and cannot be corrected.
// So the personal values in it are sealed with the client's own key: whoever
// reads the file reads which field changed, not what stood there, and once the
// client is erased nobody does. What is not known to be impersonal is sealed.

// openColumns are the fields of a client's rows whose values say nothing of a
// person.
var openColumns = map[string]bool{
	// customers
	"branch_id": true, "code": true, "kind": true, "usage": true, "nature": true, "size": true, "power": true, "source": true,
	"industry": true, "business_type": true, "place_code": true, "city_code": true, "owner_id": true, "owner_since": true,
	"clerk_id": true, "stage": true, "class": true, "class_since": true, "terms": true, "terms_days": true, "credit_limit": true,
	"contract_from": true, "contract_to": true, "channel": true, "screen_place": true, "screen_profit": true,
	"screen_staff": true, "screen_culture": true, "state": true, "monthly_pieces": true, "filed_on": true, "founded_on": true, "tags": true,
	// contacts
	"is_primary": true,
	// visits
	"user_id": true, "contact_id": true, "day": true, "minute": true, "mode": true, "mood": true, "next_on": true,
	// waybills
	"customer_id": true, "sender_id": true, "bound_by": true, "province": true, "city": true, "sent_day": true, "sent_at": true, "picked_at": true,
	"signed_at": true, "day_only": true, "weight_g": true, "volume_cm3": true, "pieces": true, "freight_fen": true, "product": true, "payment": true,
	"exception": true,
	// account entries
	"doc_no": true, "periods": true, "due_on": true, "charged_fen": true, "paid_fen": true, "method": true, "voided_at": true,
	// cases
	"cause_id": true, "severity": true, "step": true, "answer_due": true, "solve_due": true, "answered_at": true, "solved_at": true, "closed_at": true, "paused_at": true, "pause_until": true,
	"paused_ms": true, "rule_branch": true, "rule_version": true, "told_how": true, "told_by": true, "satisfied": true, "accepted_by": true, "escalated_at": true,
	"parent_id": true, "merged_id": true, "call_due": true, "called_at": true, "review_why": true, "measures_by": true, "measures_due": true, "unsatisfied_why": true, "reopened": true, "agreed": true, "paid": true, "paid_day": true, "paid_how": true, "proposed_by": true, "decided_by": true, "decided_at": true,
	// todos; what came of one is somebody's own words
	"due": true, "closed_why": true,
	// measures
	"source_path": true, "from_day": true, "review_day": true, "figure": true, "reach": true, "reach_value": true, "done_day": true, "verdict": true, "reviewed_by": true, "reviewed_on": true, "every_months": true, "follows_id": true, "deleted_at": true,
	// activities
	"cost_fen": true, "asked": true, "came": true,
	// ratings
	"score": true, "revoked": true,
	// greetings
	"done_by": true, "photo": true, "spent_fen": true, "offer_used": true,
	// alerts of the radar, marks
	"key": true, "expected": true, "got": true, "reason": true, "response": true, "due_day": true, "closed_day": true, "time_mark": true, "usual": true, "ended": true, "again_day": true,
}

// openDetails are the texts in the detail of an audit record that are fixed
// words, days or ids. Other texts are what somebody typed.
var openDetails = map[string]bool{
	"rule": true, "kind": true, "valid_from": true, "format": true, "field": true, "role": true, "state": true, "mode": true, "day": true,
	"from": true, "to": true, "class": true, "stage": true, "source": true, "owner": true, "clerk": true, "branch": true, "sort": true,
	"tag": true, "due": true, "act": true, "columns": true, "hash": true, "until": true, "for": true, "why": true, "how": true, "name_key": true,
	"city": true, "purpose": true,
}

// sealedKey is where the sealed values of a record stand among the others; no
// column is called so.
const sealedKey = "~"

// sealedPart is what stands there.
type sealedPart struct {
	Names  []string `json:"n"`           // which fields
	Client int64    `json:"c,omitempty"` // whose key; 0 the company's, or for a change its own client's (keyOf)
	Sealed string   `json:"s,omitempty"` // JSON {"field": value}; empty when there was no key, or it is gone
}

// mayLose says of an error of sealing that the act goes on without the values:
// an edit must not fail because a key file is missing, and an erased client's
// values are not wanted any more.
func mayLose(err error) bool { return errors.Is(err, ErrNoKey) || errors.Is(err, ErrErased) }

// keyOf is with whose key the values of a changed row are sealed: its client's;
// those of a case of nobody's client, and of its claims, have their own, by the
// row's id, which goes when the client that it turns out to be is erased. 0: they
// are not sealed.
func keyOf(entity string, row, customer int64) int64 {
	if customer == 0 && (entity == "cases" || entity == "case_claims" || entity == "activities") {
		return row
	}
	return customer
}

// fieldsText is the before-image of one change as it is stored, sealed with a key.
func (tx *Tx) fieldsText(ctx context.Context, change, key, customer int64, fields map[string][2]any) (string, error) {
	if fields == nil {
		return "", nil
	}
	out, personal := map[string]any{}, map[string][2]any{}
	for name, f := range fields {
		if key == 0 || openColumns[name] {
			out[name] = f
		} else {
			personal[name] = f
		}
	}
	if len(personal) > 0 {
		part, err := tx.sealPart(ctx, key, "changes", change, slices.Sorted(maps.Keys(personal)), personal)
		if err != nil {
			return "", err
		}
		if customer == 0 {
			part.Client = key
		}
		out[sealedKey] = part
	}
	b, err := json.Marshal(out)
	return string(b), err
}

func (tx *Tx) sealPart(ctx context.Context, customer int64, purpose string, row int64, names []string, values any) (sealedPart, error) {
	part := sealedPart{Names: names}
	b, err := json.Marshal(values)
	if err != nil {
		return part, err
	}
	if customer == 0 {
		part.Sealed, err = tx.db.sealSecret(purpose, row, b)
	} else {
		part.Sealed, err = tx.sealFor(ctx, customer, purpose, row, b)
	}
	if err != nil && !mayLose(err) {
		return part, err
	}
	return part, nil
}

// detailText is the detail of an audit record as it is stored: what somebody
// typed is sealed, with the client's key when the act was about one.
func (tx *Tx) detailText(ctx context.Context) (string, error) {
	a := &tx.audit
	if a.detail == nil {
		return "", nil
	}
	b, err := json.Marshal(a.detail)
	if err != nil {
		return "", err
	}
	var all map[string]json.RawMessage
	if json.Unmarshal(b, &all) != nil {
		all = map[string]json.RawMessage{"value": b} // no object: one value
	}
	personal := map[string]json.RawMessage{}
	for name, v := range all {
		if plain := v[0] != '"' && v[0] != '{' && v[0] != '['; plain || openDetails[name] || string(v) == `""` {
			continue
		}
		personal[name] = v
		delete(all, name)
	}
	if len(personal) > 0 {
		part, err := tx.sealPart(ctx, a.customer, "audits", a.id, slices.Sorted(maps.Keys(personal)), personal)
		if err != nil {
			return "", err
		}
		part.Client = a.customer
		if all[sealedKey], err = json.Marshal(part); err != nil {
			return "", err
		}
	}
	if len(all) == 0 {
		return "", nil
	}
	b, err = json.Marshal(all)
	return string(b), err
}

// Lost says why a value of an audit record cannot be shown.
type Lost string

// Why a value is not there.
const (
	LostErased Lost = "erased" // the client was erased
	LostKey    Lost = "key"    // no key, now or when it was written
	LostBroken Lost = "broken" // what is stored does not open
)

func lostBy(err error) Lost {
	switch {
	case errors.Is(err, ErrErased):
		return LostErased
	case errors.Is(err, ErrNoKey):
		return LostKey
	}
	return LostBroken
}

// opener opens sealed parts and looks each client's key up once. Read the rows
// to their end before opening: on PostgreSQL a transaction has one connection.
type opener struct {
	db   *DB
	find func(ctx context.Context, customer int64) (cipher.AEAD, error)
	keys map[int64]cipher.AEAD
	errs map[int64]error
}

// opener reads keys from the reader pool.
func (d *DB) opener() *opener {
	return &opener{db: d, find: func(ctx context.Context, customer int64) (cipher.AEAD, error) {
		return d.customerAEAD(ctx, d.r.QueryRowContext(ctx, selectCustomerKey, customer), customer)
	}}
}

// opener reads keys inside the transaction.
func (tx *Tx) opener() *opener { return &opener{db: tx.db, find: tx.customerAEAD} }

// open returns the values of a sealed part as JSON by name, or why not.
func (o *opener) open(ctx context.Context, part sealedPart, customer int64, purpose string, row int64) (map[string]json.RawMessage, Lost, error) {
	var plain []byte
	var err error
	switch {
	case customer == 0 && part.Sealed == "":
		return nil, LostKey, nil
	case customer == 0:
		plain, err = o.db.openSecret(purpose, row, part.Sealed)
	default:
		if o.keys == nil {
			o.keys, o.errs = map[int64]cipher.AEAD{}, map[int64]error{}
		}
		a, known := o.keys[customer]
		if !known {
			a, err = o.find(ctx, customer)
			if err != nil && !mayLose(err) && !errors.Is(err, ErrSealed) {
				return nil, "", fmt.Errorf("key of customer %d: %w", customer, err)
			}
			o.keys[customer], o.errs[customer] = a, err
		}
		if err = o.errs[customer]; err == nil && part.Sealed == "" {
			return nil, LostKey, nil
		}
		plain, err = openFor(a, err, customer, purpose, row, part.Sealed)
	}
	if errors.Is(err, ErrSealed) && customer != 0 {
		var renewed int64
		if o.db.r.QueryRowContext(ctx, `SELECT renewed_at FROM customer_keys WHERE customer_id = $1`, customer).Scan(&renewed) == nil && renewed != 0 {
			err = ErrErased // sealed by the key before, which went with a contact
		}
	}
	if err != nil {
		return nil, lostBy(err), nil
	}
	var out map[string]json.RawMessage
	if json.Unmarshal(plain, &out) != nil {
		return nil, LostBroken, nil
	}
	return out, "", nil
}

// fields reads the before-image of one change.
func (o *opener) fields(ctx context.Context, text string, change, customer int64) ([]FieldChange, error) {
	if text == "" {
		return nil, nil
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("read before-image %d: %w", change, err)
	}
	var out []FieldChange
	add := func(values map[string]json.RawMessage) error {
		for name, raw := range values {
			var pair [2]any
			if err := json.Unmarshal(raw, &pair); err != nil {
				return fmt.Errorf("read before-image %d: %w", change, err)
			}
			out = append(out, FieldChange{Column: name, Before: pair[0], After: pair[1]})
		}
		return nil
	}
	raw, has := all[sealedKey]
	delete(all, sealedKey)
	if err := add(all); err != nil {
		return nil, err
	}
	if has {
		var part sealedPart
		if err := json.Unmarshal(raw, &part); err != nil {
			return nil, fmt.Errorf("read before-image %d: %w", change, err)
		}
		values, lost, err := o.open(ctx, part, cmp.Or(customer, part.Client), "changes", change)
		if err != nil {
			return nil, err
		}
		if lost == "" {
			if err := add(values); err != nil {
				return nil, err
			}
		} else {
			for _, name := range part.Names {
				out = append(out, FieldChange{Column: name, Lost: lost})
			}
		}
	}
	slices.SortFunc(out, func(a, b FieldChange) int {
		switch {
		case a.Column < b.Column:
			return -1
		case a.Column > b.Column:
			return 1
		}
		return 0
	})
	return out, nil
}

// Detail is what an audit record says besides, by name. A value that cannot be
// shown stands in Lost.
type Detail struct {
	Values map[string]any
	Lost   map[string]Lost
}

// Text returns a value that is a text, "" when there is none.
func (d Detail) Text(name string) string {
	s, _ := d.Values[name].(string)
	return s
}

// detail reads the detail of one audit record.
func (o *opener) detail(ctx context.Context, text string, audit int64) (Detail, error) {
	out := Detail{Values: map[string]any{}, Lost: map[string]Lost{}}
	if text == "" {
		return out, nil
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return out, fmt.Errorf("read detail %d: %w", audit, err)
	}
	if raw, has := all[sealedKey]; has {
		delete(all, sealedKey)
		var part sealedPart
		if err := json.Unmarshal(raw, &part); err != nil {
			return out, fmt.Errorf("read detail %d: %w", audit, err)
		}
		values, lost, err := o.open(ctx, part, part.Client, "audits", audit)
		if err != nil {
			return out, err
		}
		maps.Copy(all, values)
		if lost != "" {
			for _, name := range part.Names {
				out.Lost[name] = lost
			}
		}
	}
	for name, raw := range all {
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			return out, fmt.Errorf("read detail %d: %w", audit, err)
		}
		out.Values[name] = v
	}
	return out, nil
}

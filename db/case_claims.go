package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"yike/policy"
	"yike/policy/casework"
)

// Claim is what a client asks for a parcel, and what became of it. Amounts are
// fen, states and bearers words of policy/casework.
type Claim struct {
	ID, CaseID, BranchID, CustomerID int64
	Number                           string // of the parcel
	State                            string
	Asked, Agreed, Paid              int64
	PaidDay, PaidHow                 string
	Note, Reason                     string
	ProposedBy, DecidedBy, DecidedAt int64
	RuleVersion                      int64 // by whose limits it was decided
	Day                              string
	Version, CreatedAt, CreatedBy    int64
	UpdatedAt, DeletedAt             int64

	proved [2]string // the pictures before and after an act, for its record
}

func (c *Claim) fields() []field {
	return []field{{"branch_id", &c.BranchID}, {"customer_id", (*ref)(&c.CustomerID)}, {"number", &c.Number}, {"state", &c.State}, {"asked", &c.Asked}, {"agreed", &c.Agreed}, {"paid", &c.Paid},
		{"paid_day", &c.PaidDay}, {"paid_how", &c.PaidHow}, {"note", &c.Note}, {"reason", &c.Reason}, {"proposed_by", (*ref)(&c.ProposedBy)}, {"decided_by", (*ref)(&c.DecidedBy)},
		{"decided_at", &c.DecidedAt}, {"rule_version", &c.RuleVersion}}
}

func (c *Claim) all() []field {
	return append(c.fields(), field{"id", &c.ID}, field{"case_id", &c.CaseID}, field{"day", &c.Day}, field{"version", &c.Version}, field{"created_at", &c.CreatedAt},
		field{"created_by", &c.CreatedBy}, field{"updated_at", &c.UpdatedAt}, field{"deleted_at", &c.DeletedAt})
}

var claimColumns = columns("m.", new(Claim).all())

// ClaimRow is a claim with what a page says of it.
type ClaimRow struct {
	Claim
	Code, Customer    string // of the case, of the client ("" = unknown caller)
	Proposer, Decider string
	OwnerID, ClerkID  int64
	Shares            []casework.Share // of Claim only
}

var claimRowSQL = `SELECT ` + claimColumns + `, e.code, coalesce(c.name, ''), coalesce(p.name, ''), coalesce(k.name, ''), coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0)
	FROM case_claims m JOIN cases e ON e.id = m.case_id LEFT JOIN customers c ON c.id = m.customer_id
	LEFT JOIN users p ON p.id = m.proposed_by LEFT JOIN users k ON k.id = m.decided_by`

func scanClaim(row interface{ Scan(...any) error }) (ClaimRow, error) {
	var r ClaimRow
	err := row.Scan(append(pointers(r.all()), &r.Code, &r.Customer, &r.Proposer, &r.Decider, &r.OwnerID, &r.ClerkID)...)
	return r, err
}

// claimIn reads one claim that the scope sees.
func (d *DB) claimIn(ctx context.Context, q querier, scope policy.Scope, id int64) (ClaimRow, error) {
	r, err := scanClaim(q.QueryRowContext(ctx, claimRowSQL+` WHERE m.id = $1 AND e.deleted_at = 0 AND coalesce(c.deleted_at, 0) = 0`, id))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !d.sees(scope, r.BranchID, r.OwnerID, r.ClerkID) {
		err = ErrNotFound
	}
	if err != nil {
		return ClaimRow{}, fmt.Errorf("claim %d: %w", id, err)
	}
	r.Shares, err = sharesOf(ctx, q, id)
	return r, err
}

// Claim returns one claim that the scope sees, with who bears it.
func (d *DB) Claim(ctx context.Context, scope policy.Scope, id int64) (ClaimRow, error) {
	return d.claimIn(ctx, d.r, scope, id)
}

func sharesOf(ctx context.Context, q querier, id int64) ([]casework.Share, error) {
	rows, err := q.QueryContext(ctx, `SELECT bearer, user_id, amount FROM case_claim_shares WHERE claim_id = $1 ORDER BY bearer, user_id`, id)
	if err != nil {
		return nil, fmt.Errorf("shares of claim %d: %w", id, err)
	}
	defer rows.Close()
	var out []casework.Share
	for rows.Next() {
		var s casework.Share
		if err := rows.Scan(&s.Bearer, &s.User, &s.Amount); err != nil {
			return nil, fmt.Errorf("shares of claim %d: %w", id, err)
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// ClaimsOfCase returns the claims of a case that the scope sees, the oldest
// first, without their shares.
func (d *DB) ClaimsOfCase(ctx context.Context, scope policy.Scope, caseID int64) ([]ClaimRow, error) {
	rows, err := d.r.QueryContext(ctx, claimRowSQL+` WHERE m.case_id = $1 AND e.deleted_at = 0 AND coalesce(c.deleted_at, 0) = 0 ORDER BY m.id LIMIT 50`, caseID)
	if err != nil {
		return nil, fmt.Errorf("claims of case %d: %w", caseID, err)
	}
	defer rows.Close()
	var out []ClaimRow
	for rows.Next() {
		r, err := scanClaim(rows)
		if err != nil {
			return nil, fmt.Errorf("claims of case %d: %w", caseID, err)
		}
		if d.sees(scope, r.BranchID, r.OwnerID, r.ClerkID) {
			out = append(out, r)
		}
	}
	return out, rows.Err()
}

// AskClaim writes down what a client asks, on a case that the actor sees and at
// whose place they may work on claims. Sent twice with one submission key it
// answers the first id. photos are what proves it.
func (d *DB) AskClaim(ctx context.Context, by policy.Actor, sent Submission, in Claim, photos ...CasePhoto) (int64, error) {
	var id int64
	try := func() error {
		return d.act(ctx, by, "claims.ask", func(tx *Tx) error {
			var err error
			if id, err = sent.done(ctx, tx, "case_claims"); err != nil {
				return err
			} else if id != 0 {
				return errDoneBefore
			}
			if id, err = tx.askClaim(ctx, in); err != nil {
				return err
			}
			if err := tx.addClaimPhotos(ctx, id, photos); err != nil {
				return err
			}
			return sent.keep(ctx, tx, "case_claims", id)
		})
	}
	err := try()
	if sent.Key != "" && isUnique(err) {
		err = try()
	}
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return id, err
}

func (tx *Tx) askClaim(ctx context.Context, in Claim) (int64, error) {
	e, err := tx.db.caseIn(ctx, tx, tx.by, policy.CaseRead, in.CaseID, false)
	if err != nil {
		return 0, err
	}
	if e.Life != LifeInUse || !tx.db.sees(tx.by.Scope(policy.ClaimEdit), e.BranchID, e.OwnerID, e.ClerkID) || in.Asked <= 0 || in.Asked > casework.MaxLimit {
		return 0, fmt.Errorf("claim of case %d: %w", in.CaseID, ErrRefused)
	}
	c := Claim{ID: tx.newID(), CaseID: e.ID, BranchID: e.BranchID, CustomerID: e.CustomerID, Number: in.Number, State: casework.ClaimAsked, Asked: in.Asked, Note: in.Note,
		Day: tx.today(), Version: 1, CreatedAt: tx.now(), CreatedBy: tx.by.UserID, UpdatedAt: tx.now()}
	if err := tx.insert(ctx, "case_claims", c.all()); err != nil {
		return 0, err
	}
	tx.about(c.BranchID, c.ID)
	if err := tx.change(ctx, "create", "case_claims", c.ID, c.BranchID, c.CustomerID, 1, nil); err != nil {
		return 0, err
	}
	return c.ID, tx.claimEvent(ctx, e.Step, c, "asked", c.Asked)
}

// claimEvent adds what was done with a claim to its case's history.
func (tx *Tx) claimEvent(ctx context.Context, step string, c Claim, did string, fen int64) error {
	return tx.caseEvent(ctx, CaseEvent{CaseID: c.CaseID, Kind: "claim", Step: step, Args: map[string]string{"did": did, "fen": strconv.FormatInt(fen, 10)}})
}

// powers are what the actor may decide about a claim.
func (d *DB) powers(by policy.Actor, r ClaimRow) casework.Powers {
	may := func(p policy.Permission) bool { return d.sees(by.Scope(p), r.BranchID, r.OwnerID, r.ClerkID) }
	return casework.Powers{Edit: may(policy.ClaimEdit), Approve: may(policy.ClaimApprove), Release: may(policy.ClaimRelease)}
}

// MayApprove says why the actor may not approve a claim as it stands; Fine when
// they may.
func (d *DB) MayApprove(ctx context.Context, by policy.Actor, r ClaimRow) (casework.Reason, error) {
	rule, _, err := d.CaseworkRule(ctx, r.BranchID, Day(d.now()))
	if err != nil {
		return "", err
	}
	others, err := agreedBeside(ctx, d.r, r.Claim)
	if err != nil {
		return "", err
	}
	return rule.Limits.Approve(r.Agreed+others, d.powers(by, r), r.ProposedBy == by.UserID), nil
}

// agreedBeside is what the other claims of a claim's case come to that were
// proposed and not refused: who may decide goes by what a case costs, so that
// nobody halves it to decide it alone.
func agreedBeside(ctx context.Context, q querier, c Claim) (fen int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT CAST(coalesce(SUM(agreed), 0) AS BIGINT) FROM case_claims WHERE case_id = $1 AND id <> $2 AND state IN ('proposed', 'approved', 'paid')`, c.CaseID, c.ID).Scan(&fen)
	if err != nil {
		return 0, fmt.Errorf("claims of case %d: %w", c.CaseID, err)
	}
	return fen, nil
}

// claimAct is an act on one claim within the scope of a right. A stale version
// is ErrConflict, a claim that the actor sees and may not work on ErrRefused.
func (d *DB) claimAct(ctx context.Context, by policy.Actor, right policy.Permission, act string, x CaseRef, set func(*Tx, ClaimRow, *Claim) (did string, fen int64, err error)) error {
	return d.act(ctx, by, act, func(tx *Tx) error {
		was, err := d.claimIn(ctx, tx, by.Scope(policy.ClaimRead), x.ID)
		if err == nil && d.postgres { // of two that are decided at once the second sees the first, and whether the case is in the bin
			if err = tx.holdCases(ctx, was.CaseID); err == nil {
				was, err = d.claimIn(ctx, tx, by.Scope(policy.ClaimRead), x.ID)
			}
		}
		switch {
		case err != nil:
			return err
		case !d.sees(by.Scope(right), was.BranchID, was.OwnerID, was.ClerkID):
			return fmt.Errorf("claim %d: %w", x.ID, ErrRefused)
		case was.Version != x.Version:
			return fmt.Errorf("claim %d: %w", x.ID, ErrConflict)
		}
		now := was.Claim
		did, fen, err := set(tx, was, &now)
		if err != nil {
			return fmt.Errorf("%s %d: %w", act, x.ID, err)
		}
		changed := diff(was.Claim.fields(), now.fields())
		if err := tx.update(ctx, "case_claims", was.ID, was.Version, now.fields(), changed); err != nil {
			return err
		}
		if now.proved != [2]string{} {
			changed["photos"] = [2]any{now.proved[0], now.proved[1]}
		}
		tx.about(was.BranchID, was.ID)
		if err := tx.change(ctx, "update", "case_claims", was.ID, was.BranchID, was.CustomerID, was.Version+1, changed); err != nil {
			return err
		}
		var step string
		if err := tx.QueryRowContext(ctx, `SELECT step FROM cases WHERE id = $1`, was.CaseID).Scan(&step); err != nil {
			return fmt.Errorf("case %d: %w", was.CaseID, err)
		}
		return tx.claimEvent(ctx, step, now, did, fen)
	})
}

// ProposeClaim says how much is to be paid and who bears it: the shares add up
// (*CaseStop otherwise), a courier is one who works at the branch. Within the
// limit of a clerk, together with the case's other claims, it is approved by the
// same act. One that was refused or
// approved is proposed anew; a paid one is not.
func (d *DB) ProposeClaim(ctx context.Context, by policy.Actor, x CaseRef, agreed int64, shares []casework.Share, note string) error {
	return d.claimAct(ctx, by, policy.ClaimEdit, "claims.propose", x, func(tx *Tx, was ClaimRow, now *Claim) (string, int64, error) {
		switch {
		case was.State == casework.ClaimPaid:
			return "", 0, ErrConflict
		case agreed <= 0 || agreed > casework.MaxLimit:
			return "", 0, stop(casework.ShareAmount)
		}
		if why := casework.Shares(agreed, shares); why != casework.Fine {
			return "", 0, stop(why)
		}
		for _, s := range shares {
			if s.User == 0 {
				continue
			}
			if err := tx.mayBeGiven(ctx, was.BranchID, s.User, func(policy.Actor) bool { return true }); err != nil {
				return "", 0, err
			}
		}
		if err := tx.setShares(ctx, was.ID, shares); err != nil {
			return "", 0, err
		}
		now.Agreed, now.ProposedBy, now.State, now.Reason, now.DecidedBy, now.DecidedAt = agreed, by.UserID, casework.ClaimProposed, "", 0, 0
		if note != "" {
			now.Note = note
		}
		rule, version, err := tx.limits(ctx, was.BranchID)
		if err != nil {
			return "", 0, err
		}
		others, err := agreedBeside(ctx, tx, was.Claim)
		if err != nil {
			return "", 0, err
		}
		if now.RuleVersion = version; rule.Level(agreed+others) == casework.LevelClerk {
			now.State, now.DecidedBy, now.DecidedAt = casework.ClaimApproved, by.UserID, tx.now()
			return "approved", agreed, nil
		}
		return "proposed", agreed, nil
	})
}

// limits are those of claims at a branch today, and by which version.
func (tx *Tx) limits(ctx context.Context, branch int64) (casework.Limits, int64, error) {
	s, err := tx.db.settingState(ctx, tx, RuleCasework, tx.today())
	if err != nil {
		return casework.Limits{}, 0, err
	}
	row := s.inForce().For(tx.db.Chain(branch))
	rule, err := caseworkRule(row)
	return rule.Limits, row.Version, err
}

func (tx *Tx) setShares(ctx context.Context, id int64, shares []casework.Share) error {
	if _, err := tx.exec(ctx, `DELETE FROM case_claim_shares WHERE claim_id = $1`, id); err != nil {
		return fmt.Errorf("shares of claim %d: %w", id, err)
	}
	for _, s := range shares {
		if _, err := tx.exec(ctx, `INSERT INTO case_claim_shares (claim_id, bearer, user_id, amount) VALUES ($1, $2, $3, $4)`, id, s.Bearer, s.User, s.Amount); err != nil {
			return fmt.Errorf("shares of claim %d: %w", id, err)
		}
	}
	return nil
}

// DecideClaim approves a proposed claim, or refuses it with the reason. Beyond
// what the actor may approve, and of what they proposed themselves, it is
// *CaseStop.
func (d *DB) DecideClaim(ctx context.Context, by policy.Actor, x CaseRef, approve bool, reason string) error {
	return d.claimAct(ctx, by, policy.ClaimApprove, "claims.decide", x, func(tx *Tx, was ClaimRow, now *Claim) (string, int64, error) {
		if was.State != casework.ClaimProposed {
			return "", 0, ErrConflict
		}
		limits, version, err := tx.limits(ctx, was.BranchID)
		if err != nil {
			return "", 0, err
		}
		others, err := agreedBeside(ctx, tx, was.Claim)
		if err != nil {
			return "", 0, err
		}
		if why := limits.Approve(was.Agreed+others, d.powers(by, was), was.ProposedBy == by.UserID); why != casework.Fine {
			return "", 0, stop(why)
		}
		now.DecidedBy, now.DecidedAt, now.Reason, now.RuleVersion = by.UserID, tx.now(), reason, version
		if approve {
			now.State = casework.ClaimApproved
			return "approved", was.Agreed, nil
		}
		if now.State = casework.ClaimRefused; reason == "" {
			return "", 0, stop(casework.NeedsNote)
		}
		return "refused", was.Agreed, nil
	})
}

// PayClaim writes down that an approved claim was paid: no more than agreed, on
// a day that is not ahead, by one of casework.PayMeans.
func (d *DB) PayClaim(ctx context.Context, by policy.Actor, x CaseRef, amount int64, day, how string) error {
	return d.claimAct(ctx, by, policy.ClaimEdit, "claims.pay", x, func(tx *Tx, was ClaimRow, now *Claim) (string, int64, error) {
		switch {
		case was.State != casework.ClaimApproved:
			return "", 0, ErrConflict
		case amount <= 0 || amount > was.Agreed:
			return "", 0, stop(casework.TooMuch)
		case !slices.Contains(casework.PayMeans, how):
			return "", 0, stop(casework.Unknown)
		case !dayParsed(day).Valid() || day > tx.today():
			return "", 0, ErrRefused
		}
		now.State, now.Paid, now.PaidDay, now.PaidHow = casework.ClaimPaid, amount, day, how
		return "paid", amount, nil
	})
}

// UnpayClaim takes back that a claim was paid, with the reason: it is approved
// again.
func (d *DB) UnpayClaim(ctx context.Context, by policy.Actor, x CaseRef, reason string) error {
	return d.claimAct(ctx, by, policy.ClaimApprove, "claims.unpay", x, func(_ *Tx, was ClaimRow, now *Claim) (string, int64, error) {
		switch {
		case was.State != casework.ClaimPaid:
			return "", 0, ErrConflict
		case reason == "":
			return "", 0, stop(casework.NeedsNote)
		}
		now.State, now.Paid, now.PaidDay, now.PaidHow, now.Reason = casework.ClaimApproved, 0, "", "", reason
		return "unpaid", was.Paid, nil
	})
}

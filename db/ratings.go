package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"yike/policy"
	"yike/policy/casework"
	"yike/policy/rating"
)

// RuleRatings names among the rules how ratings are asked for and judged; its
// value is a rating.Rule in JSON.
const RuleRatings = "ratings"

// RatingRule returns what holds of ratings for a branch (0: the company) on a
// day.
func (d *DB) RatingRule(ctx context.Context, branch int64, on string) (rating.Rule, RuleRow, error) {
	row, err := d.Rule(ctx, RuleRatings, branch, on)
	if err != nil {
		return rating.Rule{}, row, err
	}
	rule, err := ratingOf(row)
	return rule, row, err
}

func ratingOf(row RuleRow) (rating.Rule, error) {
	if row.Version == 0 {
		return rating.Default(), nil
	}
	rule, err := rating.ParseRule(row.Value)
	if err != nil {
		return rule, fmt.Errorf("rule of ratings, version %d: %w", row.Version, err)
	}
	return rule, nil
}

// Rating is one question to a client, and the answer once there is one. Times
// are unix milliseconds, 0 = not.
type Rating struct {
	ID                    int64
	Kind, Way             string // words of policy/rating
	BranchID              int64  // the client's, else the parcel's
	CustomerID, ContactID int64  // 0 = nobody on file
	CaseID, WaybillID     int64  // what it is about; 0 = neither
	UserID                int64  // whom it is about; 0 = nobody known
	Day                   string // of the occasion
	AskedBy, AskedAt      int64
	ExpiresAt, RevokedAt  int64
	AnsweredAt            int64
	AnsweredOn            string // day
	Score                 int64  // 0 = none yet
	Unhappy               bool   // by the rule of the day of the answer
	RuleVersion           int64
	Comment               string
	Solved, NextStep      string // of a call
	LedTo                 int64  // the case that was opened for it, 0 = none
	Version               int64
	CreatedAt, UpdatedAt  int64

	hash string
}

func (r *Rating) fields() []field {
	return []field{{"user_id", &r.UserID}, {"way", &r.Way}, {"revoked_at", &r.RevokedAt}, {"answered_at", &r.AnsweredAt}, {"answered_on", &r.AnsweredOn}, {"score", &r.Score},
		{"unhappy", &r.Unhappy}, {"rule_version", &r.RuleVersion}, {"comment", &r.Comment}, {"solved", &r.Solved}, {"next_step", &r.NextStep}}
}

func (r *Rating) all() []field {
	return append([]field{{"id", &r.ID}, {"kind", &r.Kind}, {"branch_id", &r.BranchID}, {"customer_id", (*ref)(&r.CustomerID)}, {"contact_id", (*ref)(&r.ContactID)}, {"case_id", &r.CaseID},
		{"waybill_id", &r.WaybillID}, {"day", &r.Day}, {"asked_by", &r.AskedBy}, {"asked_at", &r.AskedAt}, {"expires_at", &r.ExpiresAt}, {"token_hash", &r.hash},
		{"led_to", &r.LedTo}, {"version", &r.Version}, {"created_at", &r.CreatedAt}, {"updated_at", &r.UpdatedAt}}, r.fields()...)
}

var ratingColumns = columns("r.", new(Rating).all())

// live says that a question can still be answered.
func (r *Rating) live(now int64) bool {
	return r.AnsweredAt == 0 && r.RevokedAt == 0 && r.ExpiresAt > now
}

// ErrRated says that what a question is about was rated already.
var ErrRated = errors.New("rated already")

// deviceMinutes is for how long a question on one's own device stands open.
const deviceMinutes = 60

// AskRating asks a client: on the actor's own device, or by a link whose token
// only the caller knows. A link about the same that nobody answered ends.
// ErrRated when a parcel or case was rated already; a *CaseStop for a case on
// which somebody works. The actor needs ratings.ask over the client.
func (d *DB) AskRating(ctx context.Context, by policy.Actor, sent Submission, ask RatingAsk) (r Rating, err error) {
	err = d.act(ctx, by, "ratings.ask", func(tx *Tx) error {
		if id, err := sent.done(ctx, tx, "ratings"); err != nil {
			return err
		} else if id != 0 {
			r, err = ratingIn(ctx, tx, `r.id = $1`, id)
			return err
		}
		var s RatedSubject
		if r, s, err = d.subjectOf(ctx, tx, ask); err != nil {
			return err
		}
		if s.Open {
			return stop(casework.NotClosed)
		}
		if err := tx.holdSubject(ctx, s); err != nil {
			return err
		}
		if d.postgres { // somebody may have opened it again meanwhile
			if r, s, err = d.subjectOf(ctx, tx, ask); err != nil {
				return err
			}
			if s.Open {
				return stop(casework.NotClosed)
			}
		}
		rule, row, err := d.ratingRuleIn(ctx, tx, r.BranchID)
		if err != nil {
			return err
		}
		r.Way, r.RuleVersion, r.AskedBy, r.AskedAt = ask.Way, row.Version, by.UserID, tx.now()
		r.ExpiresAt = tx.at.AddDate(0, 0, rule.Days).UnixMilli()
		switch ask.Way {
		case rating.OwnDevice:
			r.ExpiresAt, r.UserID = tx.now()+deviceMinutes*60_000, by.UserID
		case rating.Link:
			r.hash = LinkHash(ask.Token)
		default:
			return fmt.Errorf("ask by %q: %w", ask.Way, ErrRefused)
		}
		if err := tx.endQuestions(ctx, s); err != nil {
			return err
		}
		if err := tx.addRating(ctx, &r); err != nil {
			return err
		}
		return sent.keep(ctx, tx, "ratings", r.ID)
	})
	return r, err
}

// addRating writes a new row and its change record.
func (tx *Tx) addRating(ctx context.Context, r *Rating) error {
	r.ID, r.Version, r.CreatedAt, r.UpdatedAt = tx.newID(), 1, tx.now(), tx.now()
	if err := tx.insert(ctx, "ratings", r.all()); err != nil {
		return err
	}
	tx.about(r.BranchID, r.ID)
	tx.detail(map[string]any{"kind": r.Kind, "how": r.Way})
	return tx.change(ctx, "create", "ratings", r.ID, r.BranchID, r.CustomerID, 1, nil)
}

// ratingRuleIn is the rule that holds today, within an act.
func (d *DB) ratingRuleIn(ctx context.Context, tx *Tx, branch int64) (rating.Rule, RuleRow, error) {
	s, err := d.settingState(ctx, tx, RuleRatings, tx.today())
	if err != nil {
		return rating.Rule{}, RuleRow{}, err
	}
	row := s.inForce().For(d.Chain(branch))
	rule, err := ratingOf(row)
	return rule, row, err
}

func (tx *Tx) revoke(ctx context.Context, was Rating) error {
	now := was
	now.RevokedAt = tx.now()
	return tx.rewriteRating(ctx, was, now)
}

// rewriteRating writes what differs; of an answer the change record repeats the
// score alone.
func (tx *Tx) rewriteRating(ctx context.Context, was, now Rating) error {
	changed := diff(was.fields(), now.fields())
	if len(changed) == 0 {
		return nil
	}
	if err := tx.update(ctx, "ratings", was.ID, was.Version, now.fields(), changed); err != nil {
		return err
	}
	said := map[string][2]any{}
	if was.Score != now.Score {
		said["score"] = [2]any{was.Score, now.Score}
	}
	if was.RevokedAt != now.RevokedAt {
		said["revoked"] = [2]any{was.RevokedAt != 0, now.RevokedAt != 0}
	}
	return tx.change(ctx, "update", "ratings", was.ID, was.BranchID, was.CustomerID, was.Version+1, said)
}

// RevokeRating takes a question back that nobody answered yet. The actor needs
// ratings.ask over its client; ErrConflict when it was answered.
func (d *DB) RevokeRating(ctx context.Context, by policy.Actor, id int64) error {
	return d.act(ctx, by, "ratings.revoke", func(tx *Tx) error {
		r, err := d.ratingSeen(ctx, tx, by.Scope(policy.RatingAsk), id)
		if err != nil {
			return err
		}
		if r.AnsweredAt != 0 || r.RevokedAt != 0 {
			return fmt.Errorf("rating %d: %w", id, ErrConflict)
		}
		tx.about(r.BranchID, r.ID)
		return tx.revoke(ctx, r.Rating)
	})
}

// RatingAnswer is what somebody said.
type RatingAnswer struct {
	Score   int64
	Comment string
	ByQR    bool // a link was read from a picture
}

// AnswerLink writes the answer of whoever has a link's token down, once.
// ErrNotFound for whatever cannot be answered: unknown, answered, taken back or
// past its day, with no word of which.
func (d *DB) AnswerLink(ctx context.Context, token string, a RatingAnswer) error {
	err := d.act(ctx, policy.Actor{Name: "rating"}, "ratings.answer", func(tx *Tx) error {
		r, err := ratingIn(ctx, tx, ratingByToken, LinkHash(token))
		if err == nil && (r.hash == "" || !r.live(tx.now())) {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		return d.answer(ctx, tx, r, a)
	})
	if errors.Is(err, ErrConflict) { // somebody was faster
		return ErrNotFound
	}
	return err
}

// AnswerOwn writes down what somebody tapped on the device that the actor
// handed over. ErrNotFound for whatever cannot be answered.
func (d *DB) AnswerOwn(ctx context.Context, by policy.Actor, id int64, a RatingAnswer) error {
	return d.act(ctx, by, "ratings.answer", func(tx *Tx) error {
		r, err := ratingIn(ctx, tx, `r.id = $1`, id)
		if err == nil && (r.AskedBy != by.UserID || r.Way != rating.OwnDevice || !r.live(tx.now())) {
			err = ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("rating %d: %w", id, err)
		}
		return d.answer(ctx, tx, r, a)
	})
}

// answer writes an answer down, and opens a case where the client is unhappy.
func (d *DB) answer(ctx context.Context, tx *Tx, r Rating, a RatingAnswer) error {
	if !rating.Valid(a.Score) {
		return fmt.Errorf("score %d: %w", a.Score, ErrRefused)
	}
	rule, row, err := d.ratingRuleIn(ctx, tx, r.BranchID)
	if err != nil {
		return err
	}
	was := r
	if a.ByQR {
		r.Way = rating.QR
	}
	r.Score, r.Comment, r.Unhappy, r.RuleVersion = a.Score, a.Comment, rule.IsUnhappy(a.Score), row.Version
	r.AnsweredAt, r.AnsweredOn = tx.now(), tx.today()
	tx.about(r.BranchID, r.ID)
	tx.detail(map[string]any{"kind": r.Kind, "how": r.Way, "score": r.Score})
	if err := tx.rewriteRating(ctx, was, r); err != nil {
		return err
	}
	return d.seeTo(ctx, tx, r)
}

// RatingCall is what came of calling a client back.
type RatingCall struct {
	CustomerID, ContactID, CaseID int64
	Score                         int64
	Comment                       string // what they suggest
	Solved, NextStep              string
}

// LogCall writes down what a client said on the telephone. The actor needs
// ratings.ask over the client.
func (d *DB) LogCall(ctx context.Context, by policy.Actor, sent Submission, c RatingCall) (id int64, err error) {
	err = d.act(ctx, by, "ratings.call", func(tx *Tx) error {
		if id, err = sent.done(ctx, tx, "ratings"); err != nil || id != 0 {
			return err
		}
		if !rating.Valid(c.Score) {
			return fmt.Errorf("score %d: %w", c.Score, ErrRefused)
		}
		r, _, err := d.subjectOf(ctx, tx, RatingAsk{CustomerID: c.CustomerID, CaseID: c.CaseID})
		if err != nil {
			return err
		}
		if c.ContactID != 0 {
			var one int64
			err := tx.QueryRowContext(ctx, `SELECT id FROM contacts WHERE id = $1 AND customer_id = $2 AND deleted_at = 0`, c.ContactID, r.CustomerID).Scan(&one)
			if errors.Is(err, sql.ErrNoRows) {
				err = ErrNotFound
			}
			if err != nil {
				return fmt.Errorf("contact %d: %w", c.ContactID, err)
			}
		}
		rule, row, err := d.ratingRuleIn(ctx, tx, r.BranchID)
		if err != nil {
			return err
		}
		r.Kind, r.Way, r.ContactID, r.AskedBy, r.AskedAt = rating.Call, rating.Phone, cmp.Or(c.ContactID, r.ContactID), by.UserID, tx.now()
		r.Score, r.Comment, r.Solved, r.NextStep = c.Score, c.Comment, c.Solved, c.NextStep
		r.Unhappy, r.RuleVersion, r.AnsweredAt, r.AnsweredOn = rule.IsUnhappy(c.Score), row.Version, tx.now(), tx.today()
		if err := tx.addRating(ctx, &r); err != nil {
			return err
		}
		id = r.ID
		if err := d.seeTo(ctx, tx, r); err != nil {
			return err
		}
		return sent.keep(ctx, tx, "ratings", r.ID)
	})
	return id, err
}

// seeTo tells the case that an answer is about, and opens one for an unhappy
// answer, within the act that writes it down: one answer, one case. Work on an
// open case goes on there; a closed one stays closed until somebody who knows
// more opens it again. Who answers needs no right to cases, and who handed the
// device over does not read it because of that.
func (d *DB) seeTo(ctx context.Context, tx *Tx, r Rating) error {
	defer tx.about(r.BranchID, r.ID)
	score := strconv.FormatInt(r.Score, 10)
	var was Case
	if r.CaseID != 0 {
		var there bool
		var err error
		if was, there, err = tx.aboutCase(ctx, r.CaseID); err == nil && there && d.postgres { // it is open, or closed, until the answer is written
			if err = tx.holdCases(ctx, was.ID); err == nil {
				was, there, err = tx.aboutCase(ctx, was.ID)
			}
		}
		if err != nil {
			return err
		}
		if there {
			if err := tx.caseEvent(ctx, CaseEvent{CaseID: was.ID, Kind: "rated", Step: was.Step, Args: map[string]string{"score": score}}); err != nil {
				return err
			}
		}
		if there && was.Standing().Open() {
			return nil
		}
	}
	if !r.Unhappy {
		return nil
	}
	c, numbers, err := tx.ratedCase(ctx, r, was)
	if err != nil {
		return fmt.Errorf("case of rating %d: %w", r.ID, err)
	}
	if err := tx.caseHandler(ctx, &c); err != nil {
		return err
	}
	id, err := openCase(ctx, tx, &c, numbers, nil)
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, `UPDATE ratings SET led_to = $2 WHERE id = $1`, r.ID, id); err != nil {
		return fmt.Errorf("case of rating %d: %w", r.ID, err)
	}
	args := map[string]string{"score": score}
	if was.ID != 0 {
		args["case"] = was.Code
	}
	return tx.caseEvent(ctx, CaseEvent{CaseID: id, Kind: "rated", Step: c.Step, Args: args})
}

// OpenRating is what the page of a question may say to whoever has its address.
type OpenRating struct {
	Branch, Day, Kind string
}

// OpenLink returns what may be said to who has a link's token. ErrNotFound for
// whatever cannot be answered, with no word of which; each asks the database
// the same.
func (d *DB) OpenLink(ctx context.Context, token string) (OpenRating, error) {
	r, err := ratingIn(ctx, d.r, ratingByToken, LinkHash(token))
	if err == nil && (r.hash == "" || !r.live(d.now().UnixMilli())) {
		err = ErrNotFound
	}
	if err != nil {
		return OpenRating{}, err
	}
	return OpenRating{d.BranchName(r.BranchID), r.Day, r.Kind}, nil
}

// OwnRating returns a question on a device that the actor handed over.
// ErrNotFound beyond that; answered ones are returned, too.
func (d *DB) OwnRating(ctx context.Context, by policy.Actor, id int64) (Rating, error) {
	r, err := ratingIn(ctx, d.r, `r.id = $1`, id)
	if err == nil && (r.AskedBy != by.UserID || r.Way != rating.OwnDevice || r.AnsweredAt == 0 && !r.live(d.now().UnixMilli())) {
		err = ErrNotFound
	}
	if err != nil {
		return Rating{}, fmt.Errorf("rating %d: %w", id, err)
	}
	return r, nil
}

// ratingIn reads one row that meets a condition written in this package, of a
// client that is not in the bin.
func ratingIn(ctx context.Context, q querier, where string, arg any) (r Rating, err error) {
	err = q.QueryRowContext(ctx, oneRatingSQL(where), arg).Scan(pointers(r.all())...)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return Rating{}, fmt.Errorf("rating: %w", err)
	}
	return r, nil
}

// ratingByToken names the index of links, which knows links alone: without its
// second half every row would be read for a stranger's guess.
const ratingByToken = `r.token_hash = $1 AND r.token_hash <> ''`

func oneRatingSQL(where string) string {
	return `SELECT ` + ratingColumns + ` FROM ratings r WHERE ` + where + ` AND NOT r.binned`
}

// binRatings lets what a client said count nowhere while it is in the bin, and
// back.
func (tx *Tx) binRatings(ctx context.Context, customer int64, in bool) error {
	if _, err := tx.exec(ctx, `UPDATE ratings SET binned = $2 WHERE customer_id = $1`, customer, in); err != nil {
		return fmt.Errorf("ratings of customer %d: %w", customer, err)
	}
	return nil
}

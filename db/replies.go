package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"yike/policy"
	"yike/policy/reply"
)

// Reply is an answer of head office or a branch. One that stands for an answer
// of the program (Shipped) takes its place at its branch and those below, or
// puts it aside there when it is off. ID 0 is an answer of the program that
// nobody touched.
type Reply struct {
	ID, BranchID         int64
	Shipped              string // key of reply.Library, "" = its own
	State                string // TemplateOn, TemplateOff
	Version              int64
	CreatedAt, UpdatedAt int64
	reply.Template
}

func (t *Reply) fields() []field {
	return []field{{"title", &t.Title}, {"keywords", &t.Keywords}, {"kind", &t.Kind}, {"cause", &t.Cause}, {"channel", &t.Channel}, {"subject", &t.Subject},
		{"body", &t.Body}, {"state", &t.State}}
}

func (t *Reply) all() []field {
	return append(t.fields(), field{"id", &t.ID}, field{"branch_id", &t.BranchID}, field{"shipped", &t.Shipped}, field{"version", &t.Version},
		field{"created_at", &t.CreatedAt}, field{"updated_at", &t.UpdatedAt})
}

var replyColumns = columns("m.", new(Reply).all())

// Ref names an answer: what an event of a case keeps of it.
func (t Reply) Ref() string {
	if t.ID == 0 {
		return t.Shipped
	}
	return fmt.Sprintf("%020d", t.ID)
}

// Replies returns the answers that hold for a branch (0: for the company),
// those put aside among them: for each of the program's what the nearest of
// the branch and those above it made of it, else the program's own; and what
// they wrote themselves. How the company answers is no secret inside it.
func (d *DB) Replies(ctx context.Context, branch int64) ([]Reply, error) {
	head := d.HeadOffice()
	chain := d.Chain(cmp.Or(branch, head))
	rows, err := d.r.QueryContext(ctx, `SELECT `+replyColumns+` FROM reply_templates m ORDER BY m.id LIMIT 20000`)
	if err != nil {
		return nil, fmt.Errorf("replies: %w", err)
	}
	defer rows.Close()
	near := map[string]Reply{}
	var own []Reply
	for rows.Next() {
		var t Reply
		if err := rows.Scan(pointers(t.all())...); err != nil {
			return nil, fmt.Errorf("replies: %w", err)
		}
		at := slices.Index(chain, t.BranchID)
		if at < 0 {
			continue
		}
		if t.Shipped == "" {
			own = append(own, t)
			continue
		}
		if was, ok := near[t.Shipped]; !ok || at < slices.Index(chain, was.BranchID) {
			near[t.Shipped] = t
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("replies: %w", err)
	}
	var out []Reply
	for _, s := range reply.Library() {
		t, ok := near[s.Key]
		if !ok {
			t = Reply{BranchID: head, Shipped: s.Key, State: TemplateOn, Template: s.Template}
		}
		out = append(out, t)
	}
	return append(out, own...), nil
}

// ReplyCandidates are the answers in use at a branch, to choose among.
func (d *DB) ReplyCandidates(ctx context.Context, branch int64) ([]reply.Candidate, error) {
	list, err := d.Replies(ctx, branch)
	if err != nil {
		return nil, err
	}
	chain := d.Chain(cmp.Or(branch, d.HeadOffice()))
	var out []reply.Candidate
	for _, t := range list {
		if t.State != TemplateOn {
			continue
		}
		near := slices.Index(chain, t.BranchID)
		if t.ID == 0 {
			near = len(chain)
		}
		out = append(out, reply.Candidate{Ref: t.Ref(), Near: near, Template: t.Template})
	}
	return out, nil
}

// Reply returns an answer by its id; ErrNotFound when there is none.
func (d *DB) Reply(ctx context.Context, id int64) (Reply, error) { return replyRow(ctx, d.r, id) }

func replyRow(ctx context.Context, q querier, id int64) (Reply, error) {
	var t Reply
	err := q.QueryRowContext(ctx, `SELECT `+replyColumns+` FROM reply_templates m WHERE m.id = $1`, id).Scan(pointers(t.all())...)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return t, fmt.Errorf("reply %d: %w", id, err)
	}
	return t, nil
}

// ReplyVersion is an answer as it stood from an instant on.
type ReplyVersion struct {
	Version   int64
	Keywords  string
	Body      string
	State     string
	Author    string
	CreatedAt int64 // unix milliseconds
}

// ReplyVersions returns how an answer stood, the latest first.
func (d *DB) ReplyVersions(ctx context.Context, id int64) ([]ReplyVersion, error) {
	rows, err := d.r.QueryContext(ctx, `SELECT v.version, v.keywords, v.body, v.state, coalesce(u.name, ''), v.created_at
		FROM reply_template_versions v LEFT JOIN users u ON u.id = v.author_id WHERE v.template_id = $1 ORDER BY v.version DESC LIMIT 100`, id)
	if err != nil {
		return nil, fmt.Errorf("versions of reply %d: %w", id, err)
	}
	defer rows.Close()
	var out []ReplyVersion
	for rows.Next() {
		var v ReplyVersion
		if err := rows.Scan(&v.Version, &v.Keywords, &v.Body, &v.State, &v.Author, &v.CreatedAt); err != nil {
			return nil, fmt.Errorf("versions of reply %d: %w", id, err)
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// SaveReply makes an answer (ID 0) at t.BranchID, or changes one whose Version
// says what was read. The actor needs templates.edit over its branch
// (ErrNotFound beyond it). ErrConflict when somebody was faster, or made the
// same of the program's answer at this branch already; ErrRefused for an answer
// that cannot be (reply.Template.Check).
func (d *DB) SaveReply(ctx context.Context, by policy.Actor, sent Submission, t Reply) (int64, error) {
	if len(t.Check()) > 0 || t.State != TemplateOn && t.State != TemplateOff {
		return 0, fmt.Errorf("reply: %w", ErrRefused)
	}
	err := d.act(ctx, by, "replies.save", func(tx *Tx) error {
		var was Reply
		var err error
		if t.ID != 0 {
			if was, err = replyRow(ctx, tx, t.ID); err != nil {
				return err
			}
			t.BranchID, t.Shipped, t.CreatedAt = was.BranchID, was.Shipped, was.CreatedAt
		}
		if !by.Scope(policy.TemplateEdit).SeesBranch(d.Chain(t.BranchID)) {
			return fmt.Errorf("reply at branch %d: %w", t.BranchID, ErrNotFound)
		}
		if t.Shipped != "" && !slices.ContainsFunc(reply.Library(), func(s reply.Shipped) bool { return s.Key == t.Shipped }) {
			return fmt.Errorf("reply %s: %w", t.Shipped, ErrNotFound)
		}
		if t.ID == 0 {
			return tx.addReply(ctx, sent, &t)
		}
		if was.Version != t.Version {
			return fmt.Errorf("reply %d: %w", t.ID, ErrConflict)
		}
		changed := diff(was.fields(), t.fields())
		if len(changed) == 0 {
			return errNothing
		}
		if err := tx.update(ctx, "reply_templates", t.ID, t.Version, t.fields(), changed); err != nil {
			return err
		}
		t.Version++
		tx.about(t.BranchID, t.ID)
		if err := tx.keepReply(ctx, t); err != nil {
			return err
		}
		return tx.change(ctx, "update", "reply_templates", t.ID, t.BranchID, 0, t.Version, changed)
	})
	if errors.Is(err, errNothing) || errors.Is(err, errDoneBefore) {
		err = nil
	}
	return t.ID, err
}

func (tx *Tx) addReply(ctx context.Context, sent Submission, t *Reply) error {
	id, err := sent.done(ctx, tx, "reply_templates")
	if err != nil {
		return err
	}
	if id != 0 {
		t.ID = id
		return errDoneBefore
	}
	t.ID, t.Version, t.CreatedAt, t.UpdatedAt = tx.newID(), 1, tx.now(), tx.now()
	if err := tx.insert(ctx, "reply_templates", t.all()); err != nil {
		if errors.Is(err, ErrTaken) {
			err = fmt.Errorf("reply %s: %w", t.Shipped, ErrConflict)
		}
		return err
	}
	tx.about(t.BranchID, t.ID)
	if err := sent.keep(ctx, tx, "reply_templates", t.ID); err != nil {
		return err
	}
	if err := tx.keepReply(ctx, *t); err != nil {
		return err
	}
	return tx.change(ctx, "create", "reply_templates", t.ID, t.BranchID, 0, 1, nil)
}

// keepReply keeps an answer as it stands now.
func (tx *Tx) keepReply(ctx context.Context, t Reply) error {
	_, err := tx.exec(ctx, `
		INSERT INTO reply_template_versions (template_id, version, title, keywords, kind, cause, channel, subject, body, state, author_id, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		t.ID, t.Version, t.Title, t.Keywords, t.Kind, t.Cause, t.Channel, t.Subject, t.Body, t.State, tx.by.UserID, tx.now())
	if err != nil {
		return fmt.Errorf("version of reply %d: %w", t.ID, err)
	}
	return nil
}

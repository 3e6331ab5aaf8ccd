package db

import (
	"cmp"
	"context"
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

func (t *Reply) row() wordingRow {
	return wordingRow{"reply", "reply_templates", &t.ID, &t.BranchID, &t.Shipped, &t.State, &t.Version, &t.CreatedAt, &t.UpdatedAt,
		[]field{{"title", &t.Title}, {"keywords", &t.Keywords}, {"kind", &t.Kind}, {"cause", &t.Cause}, {"channel", &t.Channel}, {"subject", &t.Subject},
			{"body", &t.Body}, {"state", &t.State}}}
}

// Ref names an answer: what an event of a case keeps of it.
func (t Reply) Ref() string { return wordingRef(t.ID, t.Shipped) }

// Replies returns the answers that hold for a branch (0: for the company),
// those put aside among them: for each of the program's what the nearest of
// the branch and those above it made of it, else the program's own; and what
// they wrote themselves. How the company answers is no secret inside it.
func (d *DB) Replies(ctx context.Context, branch int64) ([]Reply, error) {
	shipped, own, err := near(ctx, d, d.r, branch, (*Reply).row)
	if err != nil {
		return nil, err
	}
	var out []Reply
	for _, s := range reply.Library() {
		t, ok := shipped[s.Key]
		if !ok {
			t = Reply{BranchID: d.HeadOffice(), Shipped: s.Key, State: TemplateOn, Template: s.Template}
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
func (d *DB) Reply(ctx context.Context, id int64) (Reply, error) {
	var t Reply
	err := t.row().read(ctx, d.r, id)
	return t, err
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
	err := d.saveWording(ctx, by, "replies.save", sent, t.row(), new(Reply).row(), func(key string) bool {
		return slices.ContainsFunc(reply.Library(), func(s reply.Shipped) bool { return s.Key == key })
	})
	return t.ID, err
}

// RuleGuide names among the rules how a client who complains is met; its value
// is a reply.Guide in JSON.
const RuleGuide = "guide"

// Guide returns the one that holds for a branch (0: the company) on a day; the
// zero one before anybody wrote one.
func (d *DB) Guide(ctx context.Context, branch int64, on string) (g reply.Guide, row RuleRow, err error) {
	if row, err = d.Rule(ctx, RuleGuide, branch, on); err != nil || row.Version == 0 {
		return g, row, err
	}
	if g, err = reply.ParseGuide(row.Value); err != nil {
		err = fmt.Errorf("guide, version %d: %w", row.Version, err)
	}
	return g, row, err
}

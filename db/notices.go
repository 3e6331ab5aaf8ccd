package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yike/policy"
)

// Kinds of notices.
const (
	NoticePlain   = "notice"  // to be read
	NoticeInquiry = "inquiry" // asks branches what they know of their clients
)

// Kinds of to-dos that notices make: to say that one was read (the key is the
// notice and the person), to answer an inquiry (the notice and the branch).
const (
	TodoNotice  = "notice_read"
	TodoInquiry = "notice_answer"
)

// SettledNotice is why such a to-do closed by itself: it was read, answered, or
// taken back.
const SettledNotice = "notice"

// MostTold bounds how many people one notice goes to.
const MostTold = 5000

// ErrNobody says that nobody works where a notice goes.
var ErrNobody = errors.New("nobody to tell")

// NoticeTarget is whom a notice goes to: those who work in the branches named
// and below them and hold one of the roles (none named: any), and the person.
// Who comes there while it runs gets it, too.
type NoticeTarget struct {
	Branches []int64  `json:"branches,omitempty"`
	Roles    []string `json:"roles,omitempty"`
	Person   int64    `json:"person,omitempty"`
}

// Notice is a notice or an inquiry. Times are unix milliseconds, 0 = not.
type Notice struct {
	ID                 int64
	Kind               string
	BranchID, AuthorID int64
	Title, Body        string
	Target             NoticeTarget
	Must               bool   // each has to say that they read it
	Until              string // day until which it is shown, "" = on
	Due                string // day by which an inquiry is answered
	SentAt, ClosedAt   int64
	Version            int64

	target               string
	createdAt, updatedAt int64
}

func (n *Notice) all() []field {
	return []field{{"id", &n.ID}, {"kind", &n.Kind}, {"branch_id", &n.BranchID}, {"author_id", &n.AuthorID}, {"title", &n.Title}, {"body", &n.Body}, {"target", &n.target}, {"must", &n.Must},
		{"until_day", &n.Until}, {"due", &n.Due}, {"sent_at", &n.SentAt}, {"closed_at", &n.ClosedAt}, {"version", &n.Version}, {"created_at", &n.createdAt}, {"updated_at", &n.updatedAt}}
}

// NoticeRow is a notice with what a list says of it. Told and Read count those
// who still work here.
type NoticeRow struct {
	Notice
	Author          string
	Mine            bool // it came to the reader
	ReadAt          int64
	Told, Read      int
	Asked, Answered int // branches
}

// noticeRowSQL wants the reader as $1.
var noticeRowSQL = `SELECT ` + columns("n.", new(Notice).all()) + `, a.name, CASE WHEN m.user_id IS NULL THEN 0 ELSE 1 END, coalesce(m.read_at, 0),
		(SELECT COUNT(*) FROM notice_people p JOIN users u ON u.id = p.user_id WHERE p.notice_id = n.id AND NOT u.disabled),
		(SELECT COUNT(*) FROM notice_people p JOIN users u ON u.id = p.user_id WHERE p.notice_id = n.id AND NOT u.disabled AND p.read_at <> 0),
		(SELECT COUNT(*) FROM notice_branches b WHERE b.notice_id = n.id), (SELECT COUNT(*) FROM notice_branches b WHERE b.notice_id = n.id AND b.answered_at <> 0)
	FROM notices n JOIN users a ON a.id = n.author_id LEFT JOIN notice_people m ON m.notice_id = n.id AND m.user_id = $1`

func scanNotice(row interface{ Scan(...any) error }) (NoticeRow, error) {
	var n NoticeRow
	var mine int
	err := row.Scan(append(pointers(n.all()), &n.Author, &mine, &n.ReadAt, &n.Told, &n.Read, &n.Asked, &n.Answered)...)
	if err == nil {
		n.Mine = mine != 0
		err = json.Unmarshal([]byte(n.target), &n.Target)
	}
	return n, err
}

// SendNotice sends a notice or an inquiry and returns its id. Every branch that
// it names is within the actor's reach (ErrNotFound), and somebody works there
// (ErrNobody). An inquiry asks the open branches named and those below them.
// Sent twice with one submission key it answers the first id.
func (d *DB) SendNotice(ctx context.Context, by policy.Actor, sent Submission, n Notice) (int64, error) {
	var id int64
	try := func() error {
		return d.act(ctx, by, "notices.send", func(tx *Tx) (err error) {
			if id, err = sent.done(ctx, tx, "notices"); err != nil {
				return err
			} else if id != 0 {
				return errDoneBefore
			}
			id, err = d.sendNotice(ctx, tx, n)
			if err == nil {
				err = sent.keep(ctx, tx, "notices", id)
			}
			return err
		})
	}
	err := try()
	if sent.Key != "" && isUnique(err) {
		err = try() // the same form arrived twice at once; the other one is through by now
	}
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return id, err
}

func (d *DB) sendNotice(ctx context.Context, tx *Tx, n Notice) (int64, error) {
	n.ID, n.BranchID, n.AuthorID, n.SentAt, n.ClosedAt, n.Version, n.createdAt, n.updatedAt = tx.newID(), tx.by.Branch, tx.by.UserID, tx.now(), 0, 1, tx.now(), tx.now()
	text, err := json.Marshal(n.Target)
	if err != nil {
		return 0, fmt.Errorf("notice: %w", err)
	}
	n.target = string(text)
	people, err := d.told(ctx, tx, n.Target)
	if err != nil {
		return 0, err
	}
	if err := tx.insert(ctx, "notices", n.all()); err != nil {
		return 0, err
	}
	tx.about(n.BranchID, n.ID)
	tx.detail(map[string]any{"people": len(people)})
	if err := tx.change(ctx, "create", "notices", n.ID, n.BranchID, 0, 1, nil); err != nil {
		return 0, err
	}
	return n.ID, d.tell(ctx, tx, n, people)
}

// told are those to whom a target goes, with their branches; the author is not
// told what they say.
func (d *DB) told(ctx context.Context, tx *Tx, target NoticeTarget) (map[int64]int64, error) {
	t, scope := tx.db.tree.Load(), tx.by.Scope(policy.NoticeSend)
	out := map[int64]int64{}
	for _, b := range target.Branches {
		if _, err := t.branch(scope, b); err != nil {
			return nil, err
		}
	}
	var places []int64
	for _, b := range target.Branches {
		places = append(places, t.below[b]...)
	}
	in, args := marks(append(places, 0))
	text := `u.branch_id IN (` + in + `)`
	if len(target.Roles) > 0 {
		for _, role := range target.Roles {
			args = append(args, role)
		}
		text += ` AND EXISTS (SELECT 1 FROM grants g WHERE g.user_id = u.id AND g.role IN (` + strings.TrimSuffix(strings.Repeat("?, ", len(target.Roles)), ", ") + `))`
	}
	err := eachOf(ctx, tx, numberSQL(`SELECT u.id, u.branch_id FROM users u WHERE NOT u.disabled AND (`+text+` OR u.id = ?)`), append(args, target.Person), func(scan func(...any) error) error {
		var id, branch int64
		err := scan(&id, &branch)
		if err == nil && id != tx.by.UserID && scope.SeesBranch(t.chain[branch]) {
			out[id] = branch
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("people told: %w", err)
	}
	if len(out) == 0 {
		return nil, ErrNobody
	}
	if len(out) > MostTold {
		return nil, fmt.Errorf("a notice to %d people: %w", len(out), ErrTooMany)
	}
	return out, nil
}

// tell writes down to whom a notice went, and what they are to do about it.
func (d *DB) tell(ctx context.Context, tx *Tx, n Notice, people map[int64]int64) error {
	var todos []Todo
	ids := make([]int64, 0, len(people))
	for id := range people {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		if _, err := tx.exec(ctx, `INSERT INTO notice_people (notice_id, user_id, branch_id) VALUES ($1, $2, $3)`, n.ID, id, people[id]); err != nil {
			return fmt.Errorf("tell user %d: %w", id, err)
		}
		if n.Must && n.Kind == NoticePlain {
			todos = append(todos, Todo{Kind: TodoNotice, Key: noticeKey(n.ID, id), BranchID: people[id], UserID: id, Due: n.Until})
		}
	}
	if n.Kind == NoticeInquiry {
		t := tx.db.tree.Load()
		var asked []int64
		for _, b := range n.Target.Branches {
			for _, place := range t.below[b] {
				if x := t.byID[place]; x.Active && x.Level == LevelBranch && !slices.Contains(asked, place) {
					asked = append(asked, place)
				}
			}
		}
		if len(asked) == 0 {
			return ErrNobody
		}
		duties, err := dutyRows(ctx, tx, tx.today())
		if err != nil {
			return err
		}
		for _, b := range asked {
			if _, err := tx.exec(ctx, `INSERT INTO notice_branches (notice_id, branch_id) VALUES ($1, $2)`, n.ID, b); err != nil {
				return fmt.Errorf("ask branch %d: %w", b, err)
			}
			who := t.dutyOf(duties, b, DutyMarketing).User
			todos = append(todos, Todo{Kind: TodoInquiry, Key: noticeKey(n.ID, b), BranchID: b, UserID: who, Due: n.Due})
		}
	}
	if len(todos) == 0 {
		return nil
	}
	_, err := addTodos(ctx, tx, todos)
	return err
}

func noticeKey(notice, of int64) string {
	return strconv.FormatInt(notice, 10) + "/" + strconv.FormatInt(of, 10)
}

// seesNotice says whether the actor may see how a notice went: it is theirs, or
// from a branch within the reach of who may send.
func (d *DB) seesNotice(by policy.Actor, n NoticeRow) bool {
	return n.AuthorID == by.UserID || by.Scope(policy.NoticeSend).SeesBranch(d.Chain(n.BranchID))
}

// MaySeeNotice says whether the actor may see who read a notice, and remind
// them.
func (d *DB) MaySeeNotice(by policy.Actor, n NoticeRow) bool { return d.seesNotice(by, n) }

// Notice returns one notice that came to the actor, or that they may look
// after.
func (d *DB) Notice(ctx context.Context, by policy.Actor, id int64) (NoticeRow, error) {
	return d.notice(ctx, d.r, by, id)
}

func (d *DB) notice(ctx context.Context, q querier, by policy.Actor, id int64) (NoticeRow, error) {
	n, err := scanNotice(q.QueryRowContext(ctx, noticeRowSQL+` WHERE n.id = $2`, by.UserID, id))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err == nil && !n.Mine && !d.seesNotice(by, n) {
		places, fault := d.asked(ctx, q, by, id)
		if err = fault; err == nil && len(places) == 0 {
			err = ErrNotFound
		}
	}
	if err != nil {
		return NoticeRow{}, fmt.Errorf("notice %d: %w", id, err)
	}
	return n, nil
}

// asked are the branches asked by an inquiry for which the actor may answer.
func (d *DB) asked(ctx context.Context, q querier, by policy.Actor, id int64) (out []int64, err error) {
	if !by.Can(policy.InquiryAnswer) {
		return nil, nil
	}
	all, err := rowsOf[int64](ctx, q, `SELECT branch_id FROM notice_branches WHERE notice_id = $1 ORDER BY branch_id`, id)
	for _, b := range all {
		if d.answersFor(by, b) {
			out = append(out, b)
		}
	}
	return out, err
}

// answersFor says whether the actor may answer for a branch: it is within their
// reach, or it is their own and they answer of their own clients.
func (d *DB) answersFor(by policy.Actor, branch int64) bool {
	scope := by.Scope(policy.InquiryAnswer)
	return scope.SeesBranch(d.Chain(branch)) || scope.Own() != 0 && by.Branch == branch
}

// NoticeFilter is what a list of notices asks for; zero values ask nothing.
type NoticeFilter struct {
	Kind     string
	Unread   bool // of those that came to the actor
	Sent     bool // those that the actor may look after, in place of those that came to them
	Asked    int64
	LateOn   string // inquiries that branch Asked, or one below it, has not answered, due before this day
	Before   int64  // keyset paging: the rows after this one, the newest first
	Limit    int    // 50 when 0
	OpenOnly bool
}

func (d *DB) noticesWhere(by policy.Actor, f NoticeFilter) conditions {
	c := conditions{args: []any{by.UserID}}
	switch {
	case f.Asked != 0:
		in, ids := marks(append([]int64{0}, d.tree.Load().below[f.Asked]...))
		c.add("n.closed_at = 0 AND n.kind = 'inquiry'")
		c.add("EXISTS (SELECT 1 FROM notice_branches b WHERE b.notice_id = n.id AND b.answered_at = 0 AND b.branch_id IN ("+in+"))", ids...)
		if f.LateOn != "" {
			c.add("n.due < ?", f.LateOn)
		}
		fallthrough
	case f.Sent:
		list, all := d.branchIDs(by.Scope(policy.NoticeSend))
		switch {
		case f.Asked != 0: // whoever answers for the branch sees it, too
			c.add("1 = 1")
		case all:
		default:
			in, ids := marks(append([]int64{0}, list...))
			c.add("(n.author_id = ? OR n.branch_id IN ("+in+"))", append([]any{by.UserID}, ids...)...)
		}
	default:
		c.add("m.user_id IS NOT NULL")
	}
	if f.Unread {
		c.add("m.read_at = 0 AND n.closed_at = 0 AND (n.until_day = '' OR n.until_day >= ?)", Day(d.now()))
	}
	if f.Kind != "" {
		c.add("n.kind = ?", f.Kind)
	}
	if f.OpenOnly {
		c.add("n.closed_at = 0")
	}
	if f.Before != 0 {
		c.add("n.id < ?", f.Before)
	}
	if len(c.text) == 0 {
		c.add("1 = 1")
	}
	return c
}

// Notices returns a page of notices, the newest first, and whether there are
// more. A list of what a branch has not answered is empty for who neither
// answers for it nor looks after it.
func (d *DB) Notices(ctx context.Context, by policy.Actor, f NoticeFilter) (list []NoticeRow, more bool, err error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	if f.Asked != 0 && !d.answersFor(by, f.Asked) && !by.Scope(policy.NoticeSend).SeesBranch(d.Chain(f.Asked)) {
		return nil, false, nil
	}
	c := d.noticesWhere(by, f)
	rows, err := d.r.QueryContext(ctx, noticeRowSQL+c.whereSQL()+` ORDER BY n.id DESC LIMIT `+strconv.Itoa(limit+1), c.args...)
	if err != nil {
		return nil, false, fmt.Errorf("notices: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		n, err := scanNotice(rows)
		if err != nil {
			return nil, false, fmt.Errorf("notices: %w", err)
		}
		list = append(list, n)
	}
	if err := rows.Err(); err != nil {
		return nil, false, fmt.Errorf("notices: %w", err)
	}
	if len(list) > limit {
		return list[:limit], true, nil
	}
	return list, false, nil
}

// CountNotices counts what Notices would list, no further than limit.
func (d *DB) CountNotices(ctx context.Context, by policy.Actor, f NoticeFilter, limit int) (n int, err error) {
	if f.Asked != 0 && !d.answersFor(by, f.Asked) && !by.Scope(policy.NoticeSend).SeesBranch(d.Chain(f.Asked)) {
		return 0, nil
	}
	c := d.noticesWhere(by, f)
	err = d.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM notices n LEFT JOIN notice_people m ON m.notice_id = n.id AND m.user_id = $1`+c.whereSQL()+` LIMIT `+strconv.Itoa(limit)+`) AS counted`, c.args...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count notices: %w", err)
	}
	return n, nil
}

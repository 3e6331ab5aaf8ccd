package db

import (
	"context"
	"errors"
	"fmt"

	"yike/policy"
)

// NoticeReader is somebody to whom a notice went.
type NoticeReader struct {
	UserID, BranchID int64
	Name             string
	ReadAt           int64
}

// NoticeReaders returns to whom a notice went that the actor looks after, those
// who have not read it first; those who left are left out.
func (d *DB) NoticeReaders(ctx context.Context, by policy.Actor, id int64) (out []NoticeReader, err error) {
	n, err := d.Notice(ctx, by, id)
	if err != nil {
		return nil, err
	}
	if !d.seesNotice(by, n) {
		return nil, fmt.Errorf("readers of notice %d: %w", id, ErrRefused)
	}
	err = eachOf(ctx, d.r, `SELECT p.user_id, p.branch_id, u.name, p.read_at FROM notice_people p JOIN users u ON u.id = p.user_id WHERE p.notice_id = $1 AND NOT u.disabled
		ORDER BY CASE WHEN p.read_at = 0 THEN 0 ELSE 1 END, p.branch_id, u.name_key, p.user_id`, []any{id}, func(scan func(...any) error) error {
		var x NoticeReader
		err := scan(&x.UserID, &x.BranchID, &x.Name, &x.ReadAt)
		out = append(out, x)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("readers of notice %d: %w", id, err)
	}
	return out, nil
}

// InquiryAnswer is what a branch answered, or that it has not yet.
type InquiryAnswer struct {
	BranchID, AnsweredAt, AnsweredBy int64
	By, Text                         string
	Clients                          []NoticeClient // those whom the actor may see
	Hidden                           int            // and how many others
	Mine                             bool           // the actor may answer for it
}

// NoticeClient is a client whom an answer names.
type NoticeClient struct {
	ID         int64
	Name, Code string
}

// InquiryAnswers returns the answers to an inquiry: all of them for who looks
// after it, else those of the branches for which the actor answers.
func (d *DB) InquiryAnswers(ctx context.Context, by policy.Actor, id int64) (out []InquiryAnswer, err error) {
	n, err := d.Notice(ctx, by, id)
	if err != nil {
		return nil, err
	}
	all, place := d.seesNotice(by, n), map[int64]int{}
	err = eachOf(ctx, d.r, `SELECT b.branch_id, b.answered_at, b.answered_by, coalesce(u.name, ''), b.answer FROM notice_branches b LEFT JOIN users u ON u.id = b.answered_by WHERE b.notice_id = $1
		ORDER BY CASE WHEN b.answered_at = 0 THEN 0 ELSE 1 END, b.branch_id`, []any{id}, func(scan func(...any) error) error {
		var x InquiryAnswer
		if err := scan(&x.BranchID, &x.AnsweredAt, &x.AnsweredBy, &x.By, &x.Text); err != nil {
			return err
		}
		if x.Mine = d.answersFor(by, x.BranchID); all || x.Mine {
			place[x.BranchID] = len(out)
			out = append(out, x)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("answers to inquiry %d: %w", id, err)
	}
	scope := by.Scope(policy.CustomerRead)
	err = eachOf(ctx, d.r, `SELECT x.branch_id, c.id, c.name, c.code, c.branch_id, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0) FROM notice_clients x JOIN customers c ON c.id = x.customer_id
		WHERE x.notice_id = $1 AND c.deleted_at = 0 ORDER BY x.branch_id, c.code, c.id`, []any{id}, func(scan func(...any) error) error {
		var c NoticeClient
		var of, branch, owner, clerk int64
		if err := scan(&of, &c.ID, &c.Name, &c.Code, &branch, &owner, &clerk); err != nil {
			return err
		}
		i, shown := place[of]
		switch {
		case !shown:
		case d.sees(scope, branch, owner, clerk):
			out[i].Clients = append(out[i].Clients, c)
		default:
			out[i].Hidden++
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("clients of inquiry %d: %w", id, err)
	}
	return out, nil
}

// ReadNotice says that the actor has read a notice that came to them.
func (d *DB) ReadNotice(ctx context.Context, by policy.Actor, id int64) error {
	err := d.act(ctx, by, "notices.read", func(tx *Tx) error {
		n, err := d.notice(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if !n.Mine {
			return fmt.Errorf("notice %d: %w", id, ErrNotFound)
		}
		if n.ReadAt != 0 {
			return errDoneBefore
		}
		if err := tx.markRead(ctx, id, by.UserID); err != nil {
			return err
		}
		tx.about(n.BranchID, id)
		return nil
	})
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return err
}

func (tx *Tx) markRead(ctx context.Context, id, user int64) error {
	if _, err := tx.exec(ctx, `UPDATE notice_people SET read_at = $3 WHERE notice_id = $1 AND user_id = $2 AND read_at = 0`, id, user, tx.now()); err != nil {
		return fmt.Errorf("notice %d was read: %w", id, err)
	}
	return tx.settleTodo(ctx, TodoNotice, noticeKey(id, user), SettledNotice)
}

// AnswerInquiry answers an inquiry for a branch, or corrects the answer. The
// actor answers for the branch (ErrNotFound) and sees every client named
// (ErrRefused); one that was taken back is ErrConflict, and so is one that
// somebody else answered since at, when the actor looked. Clients named before
// whom the actor does not see stay named.
func (d *DB) AnswerInquiry(ctx context.Context, by policy.Actor, id, branch, at int64, text string, clients []int64) error {
	return d.act(ctx, by, "notices.answer", func(tx *Tx) error {
		n, err := d.notice(ctx, tx, by, id)
		if err != nil {
			return err
		}
		var answered int64
		if err := tx.QueryRowContext(ctx, `SELECT coalesce(MAX(answered_at), -1) FROM notice_branches WHERE notice_id = $1 AND branch_id = $2`, id, branch).Scan(&answered); err != nil {
			return fmt.Errorf("inquiry %d: %w", id, err)
		}
		switch {
		case answered < 0 || !d.answersFor(by, branch):
			return fmt.Errorf("inquiry %d of branch %d: %w", id, branch, ErrNotFound)
		case n.ClosedAt != 0 || answered != at:
			return fmt.Errorf("inquiry %d: %w", id, ErrConflict)
		}
		for _, c := range clients {
			if _, err := d.customer(ctx, tx, by.Scope(policy.CustomerRead), c, false); err != nil {
				return fmt.Errorf("client %d of an answer: %w: %w", c, ErrRefused, err)
			}
		}
		went, err := tx.exec(ctx, `UPDATE notice_branches SET answered_at = $3, answered_by = $4, answer = $5 WHERE notice_id = $1 AND branch_id = $2 AND answered_at = $6`, id, branch, tx.now(), by.UserID, text, at)
		if err == nil && went == 0 {
			err = ErrConflict // another answer came between
		}
		if err == nil {
			err = d.unnameClients(ctx, tx, id, branch)
		}
		if err != nil {
			return fmt.Errorf("answer inquiry %d: %w", id, err)
		}
		for _, c := range clients {
			if _, err := tx.exec(ctx, `INSERT INTO notice_clients (notice_id, branch_id, customer_id) VALUES ($1, $2, $3) ON CONFLICT (notice_id, branch_id, customer_id) DO NOTHING`, id, branch, c); err != nil {
				return fmt.Errorf("answer inquiry %d: %w", id, err)
			}
		}
		if err := tx.markRead(ctx, id, by.UserID); err != nil {
			return err
		}
		tx.about(branch, id)
		tx.detail(map[string]any{"clients": len(clients)})
		return tx.settleTodo(ctx, TodoInquiry, noticeKey(id, branch), SettledNotice)
	})
}

// unnameClients takes the clients out of a branch's answer whom the actor sees;
// those whom they do not see stay named.
func (d *DB) unnameClients(ctx context.Context, tx *Tx, id, branch int64) error {
	var gone []any
	scope := tx.by.Scope(policy.CustomerRead)
	err := eachOf(ctx, tx, `SELECT c.id, c.branch_id, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0) FROM notice_clients x JOIN customers c ON c.id = x.customer_id WHERE x.notice_id = $1 AND x.branch_id = $2`, []any{id, branch}, func(scan func(...any) error) error {
		var c, at, owner, clerk int64
		err := scan(&c, &at, &owner, &clerk)
		if err == nil && d.sees(scope, at, owner, clerk) {
			gone = append(gone, c)
		}
		return err
	})
	for _, c := range gone { // an answer names a few
		if err == nil {
			_, err = tx.exec(ctx, `DELETE FROM notice_clients WHERE notice_id = $1 AND branch_id = $2 AND customer_id = $3`, id, branch, c)
		}
	}
	return err
}

// RemindNotice makes to-dos of today for those who have not read a notice, or
// for the branches that have not answered an inquiry, and returns how many.
func (d *DB) RemindNotice(ctx context.Context, by policy.Actor, id int64) (n int, err error) {
	err = d.act(ctx, by, "notices.remind", func(tx *Tx) error {
		x, err := d.lookedAfter(ctx, tx, by, id)
		if err != nil {
			return err
		}
		duties, err := dutyRows(ctx, tx, tx.today())
		if err != nil {
			return err
		}
		query, kind := `SELECT p.user_id, p.branch_id FROM notice_people p JOIN users u ON u.id = p.user_id WHERE p.notice_id = $1 AND p.read_at = 0 AND NOT u.disabled ORDER BY p.user_id`, TodoNotice
		if x.Kind == NoticeInquiry {
			query, kind = `SELECT branch_id, branch_id FROM notice_branches WHERE notice_id = $1 AND answered_at = 0 ORDER BY branch_id`, TodoInquiry
		}
		var todos []Todo
		news := map[string]int64{}
		if err := eachOf(ctx, tx, query, []any{id}, func(scan func(...any) error) error {
			var who, branch int64
			if err := scan(&who, &branch); err != nil {
				return err
			}
			t := Todo{Kind: kind, Key: noticeKey(id, who), BranchID: branch, UserID: who}
			if kind == TodoInquiry {
				t.UserID = tx.db.tree.Load().dutyOf(duties, branch, DutyMarketing).User
			}
			todos, news[t.Key] = append(todos, t), tx.now()+1
			return nil
		}); err != nil {
			return fmt.Errorf("remind of notice %d: %w", id, err)
		}
		n = len(todos)
		tx.about(x.BranchID, id)
		tx.detail(map[string]any{"people": n})
		return raiseTodos(ctx, tx, todos, news)
	})
	return n, err
}

// CloseNotice takes a notice back, or ends an inquiry: nobody is waited for any
// more. A stale version is ErrConflict.
func (d *DB) CloseNotice(ctx context.Context, by policy.Actor, id, version int64) error {
	return d.act(ctx, by, "notices.close", func(tx *Tx) error {
		x, err := d.lookedAfter(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if x.Version != version {
			return fmt.Errorf("notice %d: %w", id, ErrConflict)
		}
		went, err := tx.exec(ctx, `UPDATE notices SET closed_at = $2, version = version + 1, updated_at = $2 WHERE id = $1 AND version = $3`, id, tx.now(), version)
		if err == nil && went == 0 {
			err = ErrConflict
		}
		if err != nil {
			return fmt.Errorf("close notice %d: %w", id, err)
		}
		kind, query := TodoNotice, `SELECT user_id FROM notice_people WHERE notice_id = $1 AND read_at = 0`
		if x.Kind == NoticeInquiry {
			kind, query = TodoInquiry, `SELECT branch_id FROM notice_branches WHERE notice_id = $1 AND answered_at = 0`
		}
		open, err := rowsOf[int64](ctx, tx, query, id)
		if err != nil {
			return fmt.Errorf("close notice %d: %w", id, err)
		}
		for _, of := range open {
			if err := tx.settleTodo(ctx, kind, noticeKey(id, of), SettledNotice); err != nil {
				return err
			}
		}
		tx.about(x.BranchID, id)
		return nil
	})
}

// lookedAfter is an open notice that the actor looks after; ErrRefused for one
// that only came to them, ErrConflict for one that is closed.
func (d *DB) lookedAfter(ctx context.Context, tx *Tx, by policy.Actor, id int64) (NoticeRow, error) {
	x, err := d.notice(ctx, tx, by, id)
	switch {
	case err != nil:
	case !d.seesNotice(by, x) || !by.Can(policy.NoticeSend):
		err = fmt.Errorf("notice %d: %w", id, ErrRefused)
	case x.ClosedAt != 0:
		err = fmt.Errorf("notice %d: %w", id, ErrConflict)
	}
	return x, err
}

// ClientNamed returns the one client that the actor may see under a code or a
// full name; ErrNotFound when there is none, or more than one.
func (d *DB) ClientNamed(ctx context.Context, scope policy.Scope, text string) (int64, error) {
	var found []int64
	err := eachOf(ctx, d.r, `SELECT id, branch_id, coalesce(owner_id, 0), coalesce(clerk_id, 0) FROM customers WHERE deleted_at = 0 AND code = $1
		UNION SELECT id, branch_id, coalesce(owner_id, 0), coalesce(clerk_id, 0) FROM customers WHERE deleted_at = 0 AND name = $1`, []any{text}, func(scan func(...any) error) error {
		var id, branch, owner, clerk int64
		if err := scan(&id, &branch, &owner, &clerk); err != nil {
			return err
		}
		if d.sees(scope, branch, owner, clerk) {
			found = append(found, id)
		}
		return nil
	})
	if err == nil && len(found) != 1 {
		err = ErrNotFound
	}
	if err != nil {
		return 0, fmt.Errorf("client %q: %w", text, err)
	}
	return found[0], nil
}

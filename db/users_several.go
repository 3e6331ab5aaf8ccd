package db

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"yike/policy"
)

// CreateUsers adds several people at once, all or none, as CreateUser adds one.
// again says that the same sending made them before: nothing was written.
func (d *DB) CreateUsers(ctx context.Context, by policy.Actor, sent Submission, list []UserInput) (again bool, err error) {
	try := func() error {
		return d.act(ctx, by, "users.create", func(tx *Tx) error {
			if id, err := sent.done(ctx, tx, "users"); err != nil {
				return err
			} else if id != 0 {
				return errDoneBefore
			}
			var last int64
			for _, in := range list {
				var err error
				if last, err = tx.addUser(ctx, by, in); err != nil {
					return err
				}
			}
			if len(list) > 1 {
				tx.about(list[0].BranchID, 0) // the persons are in its changes
				tx.detail(map[string]any{"people": len(list)})
			}
			return sent.keep(ctx, tx, "users", last)
		})
	}
	err = try()
	if sent.Key != "" && (errors.Is(err, ErrTaken) || isUnique(err)) {
		err = try() // the same form arrived twice at once; the other one is through by now
	}
	if errors.Is(err, errDoneBefore) {
		return true, nil
	}
	return false, err
}

// TakenUsernames says which of the names to sign in with, and of those that begin
// with one of them, somebody has already, wherever they are: the same that CreateUser
// would answer for each. It asks for the right to add people.
func (d *DB) TakenUsernames(ctx context.Context, by policy.Actor, names []string) (map[string]bool, error) {
	out := map[string]bool{}
	if !by.Can(policy.UserEdit) {
		return out, fmt.Errorf("user names: %w", ErrRefused)
	}
	for len(names) > 0 {
		n := min(len(names), 50)
		var like []string
		var args []any
		for _, name := range names[:n] {
			like = append(like, "username >= ? AND username < ?")
			args = append(args, name, name+"~")
		}
		err := eachOf(ctx, d.r, numberSQL(`SELECT username FROM users WHERE `+strings.Join(like, " OR ")+` LIMIT 2000`), args, func(scan func(...any) error) error {
			var name string
			if err := scan(&name); err != nil {
				return err
			}
			out[name] = true
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("user names: %w", err)
		}
		names = names[n:]
	}
	return out, nil
}

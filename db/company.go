package db

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"yike/policy"
)

// Empty says whether nobody has set the product up yet.
func (d *DB) Empty(ctx context.Context) (bool, error) {
	var some bool
	if err := d.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM users)`).Scan(&some); err != nil {
		return false, fmt.Errorf("look for users: %w", err)
	}
	return !some, nil
}

// SetUpToken returns the one-time token of the set-up link, making it when
// there is none.
func (d *DB) SetUpToken(ctx context.Context) (string, error) {
	token, err := d.Meta(ctx, "set_up_token")
	if err == nil && token != "" {
		return token, nil
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return "", err
	}
	token = rand.Text()
	return token, d.SetMeta(ctx, "set_up_token", token)
}

// SetUp is what the first administrator names.
type SetUp struct {
	Company    string
	HeadOffice string
	Branch     string
	BranchCode string
	AreaCode   string
	Admin      UserInput // BranchID and Grants are filled in
}

// SetUpCompany makes the company, head office, the first branch and the first
// administrator, and burns the token. ErrRefused when somebody was faster.
func (d *DB) SetUpCompany(ctx context.Context, by policy.Actor, in SetUp) (userID int64, err error) {
	err = d.act(ctx, by, "company.set_up", func(tx *Tx) error {
		var some bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM users)`).Scan(&some); err != nil {
			return fmt.Errorf("look for users: %w", err)
		}
		if some {
			return fmt.Errorf("set up: %w", ErrRefused)
		}
		if err := tx.setMeta(ctx, "company", in.Company); err != nil {
			return err
		}
		head, err := createBranch(ctx, tx, BranchInput{Level: LevelHeadOffice, Name: in.HeadOffice, Code: "HQ", AreaCode: in.AreaCode})
		if err != nil {
			return err
		}
		if _, err := createBranch(ctx, tx, BranchInput{ParentID: head, Level: LevelBranch, Name: in.Branch, Code: in.BranchCode, AreaCode: in.AreaCode}); err != nil {
			return err
		}
		in.Admin.BranchID = head
		in.Admin.Grants = []policy.Grant{{Role: policy.Administrator, Branch: head}}
		if userID, err = createUser(ctx, tx, in.Admin); err != nil {
			return err
		}
		return tx.setMeta(ctx, "set_up_token", "")
	})
	if err != nil {
		return 0, err
	}
	return userID, d.loadTree(ctx)
}

// Company returns the company's name.
func (d *DB) Company(ctx context.Context) (string, error) {
	name, err := d.Meta(ctx, "company")
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return name, err
}

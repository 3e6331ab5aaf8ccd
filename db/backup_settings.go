package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"yike/policy"
	"yike/policy/backups"
)

// Where meta keeps how copies are taken. They belong to one installation and to
// no version of a rule: a copy that is restored brings back those of its day.
const (
	metaBackup       = "backup_settings"
	metaBackupPhrase = "backup_phrase" // sealed
	metaBackupSince  = "backup_since"
	metaBackupFault  = "backup_fault"
	phrasePurpose    = "backup phrase"
)

// BackupSettings is how copies are taken and whether they are locked with a
// passphrase, which is told to nobody who only reads it.
type BackupSettings struct {
	backups.Settings
	Locked  bool
	Version int64
}

type keptBackup struct {
	backups.Settings
	Version int64 `json:"version"`
}

// BackupSettings returns how copies are taken. The caller has backups.edit, or
// takes them.
func (d *DB) BackupSettings(ctx context.Context) (BackupSettings, error) {
	return d.backupSettings(ctx, d.r)
}

func (d *DB) backupSettings(ctx context.Context, q querier) (out BackupSettings, err error) {
	out.Settings = backups.DefaultSettings()
	out.Off = d.postgres // its own tools do it, until somebody decides otherwise
	text, err := metaOf(ctx, q, metaBackup)
	if err == nil {
		kept := keptBackup{Settings: out.Settings}
		if err := json.Unmarshal([]byte(text), &kept); err != nil {
			return out, fmt.Errorf("settings of the back-up: %w", err)
		}
		out.Settings, out.Version = kept.Settings, kept.Version
	} else if !errors.Is(err, ErrNotFound) {
		return out, err
	}
	sealed, err := metaOf(ctx, q, metaBackupPhrase)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return out, err
	}
	out.Locked = sealed != ""
	return out, nil
}

// BackupPhrase returns the passphrase that copies are locked with, "" for none;
// ErrNoKey, ErrSealed. For the one who takes or restores them.
func (d *DB) BackupPhrase(ctx context.Context) (string, error) {
	sealed, err := d.Meta(ctx, metaBackupPhrase)
	if errors.Is(err, ErrNotFound) || err == nil && sealed == "" {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	plain, err := d.openSecret(phrasePurpose, 0, sealed)
	return string(plain), err
}

// SaveBackupSettings sets how copies are taken; s.Version is what was read
// (ErrConflict). A phrase replaces the one that is there, drop takes it away.
// The actor needs backups.edit over the whole company (ErrNotFound without).
// ErrRefused for what cannot be; ErrNoKey without a key file.
func (d *DB) SaveBackupSettings(ctx context.Context, by policy.Actor, s BackupSettings, phrase string, drop bool) error {
	if !d.WholeCompany(by.Scope(policy.BackupEdit)) {
		return fmt.Errorf("settings of the back-up: %w", ErrNotFound)
	}
	if len(s.Faults(filepath.IsAbs)) > 0 || phrase != "" && backups.PhraseFault(phrase) != "" {
		return fmt.Errorf("settings of the back-up: %w", ErrRefused)
	}
	return d.act(ctx, by, "backups.settings", func(tx *Tx) error {
		was, err := d.backupSettings(ctx, tx)
		if err != nil {
			return err
		}
		if was.Version != s.Version {
			return fmt.Errorf("settings of the back-up: %w", ErrConflict)
		}
		text, err := json.Marshal(keptBackup{s.Settings, was.Version + 1})
		if err != nil {
			return err
		}
		if err := tx.setMeta(ctx, metaBackup, string(text)); err != nil {
			return err
		}
		switch {
		case phrase != "":
			sealed, err := d.sealSecret(phrasePurpose, 0, []byte(phrase))
			if err != nil {
				return err
			}
			if err := tx.setMeta(ctx, metaBackupPhrase, sealed); err != nil {
				return err
			}
		case drop:
			if err := tx.setMeta(ctx, metaBackupPhrase, ""); err != nil {
				return err
			}
		}
		tx.about(d.HeadOffice(), 0)
		tx.audit.rows = 1
		tx.detail(map[string]any{"hour": s.Hour, "off": s.Off, "folder": s.Second, "secret": phrase != "" || drop})
		return nil
	})
}

// RecordBackup leaves a record that somebody took a copy, fetched one or
// started to restore one ("backups.run", "backups.download",
// "backups.restore"), or removes former data ("backups.drop"). ErrNotFound without backups.edit over the whole company.
func (d *DB) RecordBackup(ctx context.Context, by policy.Actor, act, name string) error {
	if !d.WholeCompany(by.Scope(policy.BackupEdit)) {
		return fmt.Errorf("%s: %w", act, ErrNotFound)
	}
	return d.act(ctx, by, act, func(tx *Tx) error {
		tx.about(d.HeadOffice(), 0)
		tx.detail(map[string]any{"copy": name})
		return nil
	})
}

// Restored ends, in a database that comes out of a copy and that nobody reads
// yet, every session and every task of back-ups, and holds every letter that
// waited that day for a person to decide: it may have gone out since. It leaves a
// record of who brought the copy back.
func (d *DB) Restored(ctx context.Context, by policy.Actor, name string) error {
	return d.act(ctx, by, "backups.restored", func(tx *Tx) error {
		if _, err := tx.exec(ctx, `DELETE FROM sessions`); err != nil {
			return fmt.Errorf("end the sessions: %w", err)
		}
		if _, err := tx.exec(ctx, `UPDATE tasks SET state = 'cancelled', lease_until = 0, updated_at = $1 WHERE state IN ('queued', 'running') AND kind LIKE 'backups.%'`, tx.now()); err != nil {
			return fmt.Errorf("end the tasks: %w", err)
		}
		if _, err := tx.exec(ctx, `UPDATE outbox SET state = 'unsure', reason = $2, leased_by = '', lease_until = 0, updated_at = $1, version = version + 1 WHERE state IN ('queued', 'sending')`, tx.now(), WhyCut); err != nil {
			return fmt.Errorf("hold the letters: %w", err)
		}
		tx.about(d.HeadOffice(), 0)
		tx.detail(map[string]any{"copy": name})
		return nil
	})
}

// BackupSince is the instant from which a copy is owed: that of the first
// question after the data began.
func (d *DB) BackupSince(ctx context.Context) (time.Time, error) {
	text, err := d.Meta(ctx, metaBackupSince)
	if errors.Is(err, ErrNotFound) {
		now := d.now()
		return now, d.SetMeta(ctx, metaBackupSince, strconv.FormatInt(now.UnixMilli(), 10))
	}
	if err != nil {
		return time.Time{}, err
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	return time.UnixMilli(ms), err
}

// BackupFault is why the last copy came to nothing.
type BackupFault struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
	At     int64  `json:"at"`
}

// SetBackupFault keeps why a copy came to nothing, for the page; the zero value
// says that the last one went well.
func (d *DB) SetBackupFault(ctx context.Context, f BackupFault) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return d.SetMeta(ctx, metaBackupFault, string(text))
}

// BackupFault returns why the last copy came to nothing; the zero value when it
// went well.
func (d *DB) BackupFault(ctx context.Context) (f BackupFault, err error) {
	text, err := d.Meta(ctx, metaBackupFault)
	if errors.Is(err, ErrNotFound) {
		return f, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &f)
	}
	return f, err
}

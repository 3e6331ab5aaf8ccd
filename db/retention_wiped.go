package db

import (
	"context"
	"fmt"
	"strconv"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/retention"
)

// wipedKinds are the kinds that are destroyed where they stand: nobody reads
// them any more once their time is over, and no figure is made of them.
var wipedKinds = map[retention.Kind]*keptKind{
	// What an import noted of its file, which itself is swept after the time to undo:
	// samples of cells, rows that are no data, names on no file, and in what was
	// undone. The name of the file stays: it is where the data of a client are from.
	retention.Imports: {
		kind: retention.Imports,
		due: `SELECT id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), updated_at FROM imports
			WHERE file_hash <> '' AND ` + idleImport + ` AND (updated_at, id) > ($1, $2) AND updated_at < $3 ORDER BY updated_at, id LIMIT 50`,
		inMs:    true,
		inUse:   `SELECT count(*) FROM (SELECT 1 FROM imports WHERE file_hash <> '' LIMIT 100001) x`,
		dueSoon: `SELECT count(*) FROM (SELECT 1 FROM imports WHERE file_hash <> '' AND ` + idleImport + ` AND updated_at < $1 LIMIT 100001) x`,
		wipe:    wipeImport,
	},
	retention.Absences: {
		kind: retention.Absences,
		due: `SELECT id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), until_day FROM absences
			WHERE (until_day, id) > ($1, $2) AND until_day < $3 ORDER BY until_day, id LIMIT 50`,
		inUse:   `SELECT count(*) FROM (SELECT 1 FROM absences LIMIT 100001) x`,
		dueSoon: `SELECT count(*) FROM (SELECT 1 FROM absences WHERE until_day < $1 LIMIT 100001) x`,
		wipe: func(ctx context.Context, tx *Tx, r keptRow) ([]string, error) {
			_, err := tx.exec(ctx, `DELETE FROM absences WHERE id = $1`, r.row)
			return nil, err
		},
	},
	// Who left and may not sign in. The name stays on what they did.
	retention.Leavers: {
		kind: retention.Leavers,
		due: `SELECT id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), leaves_on FROM users
			WHERE ` + wholeLeaver + ` AND (leaves_on, id) > ($1, $2) AND leaves_on < $3 ORDER BY leaves_on, id LIMIT 50`,
		inUse:   `SELECT count(*) FROM (SELECT 1 FROM users WHERE ` + wholeLeaver + ` LIMIT 100001) x`,
		dueSoon: `SELECT count(*) FROM (SELECT 1 FROM users WHERE ` + wholeLeaver + ` AND leaves_on < $1 LIMIT 100001) x`,
		wipe:    wipeLeaver,
	},
}

// idleImport: an import that nobody works on, be its task done, cut off or
// never begun. One of which half is written waits for somebody to go on or to
// take it back.
const idleImport = `state NOT IN ('applying','undoing') AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.id = imports.task_id AND t.state IN ('queued','running'))`

// wholeLeaver: somebody who left, of whose account nothing was taken out since.
const wholeLeaver = `disabled AND leaves_on <> '' AND forgotten_on <= leaves_on`

// wipeSome is one act that destroys what stands in use for too long.
func (d *DB) wipeSome(ctx context.Context, by policy.Actor, k *keptKind, version int64, at keptAt, before day.Day) (batch, error) {
	return d.keptAct(ctx, by, "retention.destroy", k, version, before, func(tx *Tx) (list, free []keptRow, err error) {
		if list, err = k.overdueHere(ctx, tx, at, before); err != nil {
			return nil, nil, err
		}
		var files []string
		for _, r := range list {
			gone, err := k.wipe(ctx, tx, r)
			if err != nil {
				return nil, nil, fmt.Errorf("destroy %s %d: %w", k.kind, r.row, err)
			}
			files = append(files, gone...)
		}
		return list, list, tx.noteKept(ctx, string(k.kind), StageDestroyed, version, list, files)
	})
}

// wipeImport lets go of the file, and of what stood in it: in what was found, and
// in what its undo said.
func wipeImport(ctx context.Context, tx *Tx, r keptRow) ([]string, error) {
	var hash, text, found string
	if err := tx.QueryRowContext(ctx, `SELECT file_hash, undo, found FROM imports WHERE id = $1`, r.row).Scan(&hash, &text, &found); err != nil {
		return nil, err
	}
	found, err := withoutWords(found)
	if err != nil {
		return nil, err
	}
	var undo ImportUndo
	if err := fromJSON(text, &undo); err != nil {
		return nil, err
	}
	if len(undo.Rows) > 0 {
		undo.Rows = nil
		if text, err = toJSON(undo); err != nil {
			return nil, err
		}
	}
	_, err = tx.exec(ctx, `UPDATE imports SET file_hash = '', undo = $2, found = $3, state = CASE WHEN state IN ('uploaded','judging') THEN 'cancelled' ELSE state END, version = version + 1 WHERE id = $1`, r.row, text, found)
	return []string{hash}, err
}

// withoutWords is what an import found without what it copied out of the file:
// counts, headings and reasons stay.
func withoutWords(text string) (string, error) {
	var found ImportFound
	if err := fromJSON(text, &found); err != nil || text == "" {
		return text, err
	}
	for i := range found.Sheets {
		found.Sheets[i].Samples = nil
	}
	for i := range found.Questions {
		found.Questions[i].Sample = ""
	}
	found.NotData, found.Reps, found.Names = nil, nil, nil
	return toJSON(found)
}

// wipeLeaver takes out of an account how its person is reached, by what they
// signed in and how they liked their pages.
func wipeLeaver(ctx context.Context, tx *Tx, r keptRow) ([]string, error) {
	for _, query := range []string{`DELETE FROM totps WHERE user_id = $1`, `DELETE FROM recovery_codes WHERE user_id = $1`, `DELETE FROM known_devices WHERE user_id = $1`,
		`DELETE FROM user_settings WHERE user_id = $1`, `DELETE FROM user_links WHERE user_id = $1`, `DELETE FROM calendar_feeds WHERE user_id = $1`,
		`DELETE FROM sessions WHERE user_id = $1`} {
		if _, err := tx.exec(ctx, query, r.row); err != nil {
			return nil, err
		}
	}
	_, err := tx.exec(ctx, `UPDATE users SET username = $2, phone = '', password_hash = '', forgotten_on = $3, version = version + 1, updated_at = $4 WHERE id = $1`,
		r.row, "left-"+strconv.FormatInt(r.row, 10), tx.today(), tx.now())
	return nil, err
}

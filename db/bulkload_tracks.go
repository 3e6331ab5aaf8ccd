package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"yike/policy"
	"yike/policy/tracking"
	"yike/policy/waybill"
)

// LoadTracks writes the news of parcels on file of which there are none yet, in
// one act: for generated data. It trusts the items, and that the parcels' rows
// say what the news do; flags and to-dos come by FlagParcels. What is not on
// file is left out. System only.
func (d *DB) LoadTracks(ctx context.Context, by policy.Actor, list []tracking.Parcel) error {
	if err := systemOnly(by); err != nil || len(list) == 0 {
		return err
	}
	return d.act(ctx, by, "waybills.track", func(tx *Tx) error {
		// A context that can end costs the driver a goroutine for each statement.
		plain := context.WithoutCancel(ctx)
		tracks := newSheaf(tx, "waybill_tracks", []string{"waybill_id", "service", "code", "state", "last_at", "traces", "ended", "updated_at"})
		traces := newSheaf(tx, "waybill_traces", []string{"id", "waybill_id", "at", "place", "words", "state", "fails"})
		sheaves := []*sheaf{tracks, traces}
		var parcels, lines int64
		for _, p := range list {
			var id int64
			stmt, err := tx.prepared(plain, `SELECT id FROM waybills WHERE number = $1`)
			if err == nil {
				err = stmt.QueryRowContext(plain, p.Number).Scan(&id)
			}
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err != nil {
				return fmt.Errorf("news of %s: %w", p.Number, err)
			}
			for _, t := range p.Traces {
				traces.add(tx.newID(), id, t.At, t.Place, t.Words, t.State, bit(t.Fails))
			}
			over := p.State == waybill.Signed || p.State == waybill.Cancelled
			tracks.add(id, p.Service, p.Code, p.State, p.Last(), int64(len(p.Traces)), bit(over), tx.now())
			parcels, lines = parcels+1, lines+int64(len(p.Traces))
			if traces.rows >= traces.most {
				if err := errors.Join(ctx.Err(), flush(plain, sheaves)); err != nil {
					return err
				}
			}
		}
		tx.detail(map[string]any{"waybills": parcels, "traces": lines})
		return flush(plain, sheaves)
	})
}

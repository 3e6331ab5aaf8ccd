-- +goose Up
-- Each taking-in of tracking news, so that it can be taken back within 30 days.
CREATE TABLE track_reads (
  id        INTEGER NOT NULL PRIMARY KEY,
  branch_id INTEGER NOT NULL REFERENCES branches(id), -- where whoever took it in is at home
  user_id   INTEGER REFERENCES users(id), -- NULL = a command
  taken_at  INTEGER NOT NULL, -- unix milliseconds
  parcels   INTEGER NOT NULL, -- of which there were news
  traces    INTEGER NOT NULL,
  flagged   INTEGER NOT NULL, -- of the parcels that asked for somebody then
  undone_at INTEGER NOT NULL DEFAULT 0, -- 0 = it stands
  undone_by INTEGER REFERENCES users(id),
  kept      INTEGER NOT NULL DEFAULT 0 -- parcels that the undo left as they are: later news, or out of reach
) STRICT;
CREATE INDEX track_reads_taken ON track_reads (taken_at, id);

-- What a taking-in found and left of each parcel: codes and times, JSON.
CREATE TABLE track_read_rows (
  read_id    INTEGER NOT NULL,
  waybill_id INTEGER NOT NULL,
  was        TEXT NOT NULL,
  left_as    TEXT NOT NULL,
  PRIMARY KEY (read_id, waybill_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX track_read_rows_waybill ON track_read_rows (waybill_id, read_id);

ALTER TABLE waybill_traces ADD COLUMN read_id INTEGER NOT NULL DEFAULT 0; -- of track_reads, 0 = none
ALTER TABLE todos ADD COLUMN closed_why TEXT NOT NULL DEFAULT ''; -- code; '' = a person closed it

-- +goose Down
SELECT 1;

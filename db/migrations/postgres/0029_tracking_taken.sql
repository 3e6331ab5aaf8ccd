-- +goose Up
-- Each taking-in of tracking news, so that it can be taken back within 30 days.
CREATE TABLE track_reads (
  id        BIGINT NOT NULL PRIMARY KEY,
  branch_id BIGINT NOT NULL REFERENCES branches(id), -- where whoever took it in is at home
  user_id   BIGINT REFERENCES users(id), -- NULL = a command
  taken_at  BIGINT NOT NULL, -- unix milliseconds
  parcels   BIGINT NOT NULL, -- of which there were news
  traces    BIGINT NOT NULL,
  flagged   BIGINT NOT NULL, -- of the parcels that asked for somebody then
  undone_at BIGINT NOT NULL DEFAULT 0, -- 0 = it stands
  undone_by BIGINT REFERENCES users(id),
  kept      BIGINT NOT NULL DEFAULT 0 -- parcels that the undo left as they are: later news, or out of reach
);
CREATE INDEX track_reads_taken ON track_reads (taken_at, id);

-- What a taking-in found and left of each parcel: codes and times, JSON.
CREATE TABLE track_read_rows (
  read_id    BIGINT NOT NULL,
  waybill_id BIGINT NOT NULL,
  was        TEXT COLLATE "C" NOT NULL,
  left_as    TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (read_id, waybill_id)
);
CREATE INDEX track_read_rows_waybill ON track_read_rows (waybill_id, read_id);

ALTER TABLE waybill_traces ADD COLUMN read_id BIGINT NOT NULL DEFAULT 0; -- of track_reads, 0 = none
ALTER TABLE todos ADD COLUMN closed_why TEXT COLLATE "C" NOT NULL DEFAULT ''; -- code; '' = a person closed it

-- +goose Down
SELECT 1;

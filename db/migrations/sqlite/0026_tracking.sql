-- +goose Up
-- What the tracking services say of parcels. Both tables hang on a waybill and
-- follow its branch. Times are unix milliseconds.
CREATE TABLE waybill_tracks (
  waybill_id INTEGER NOT NULL PRIMARY KEY,
  service    TEXT NOT NULL,
  code       TEXT NOT NULL DEFAULT '', -- the service's own state
  state      TEXT NOT NULL DEFAULT '', -- word of policy/waybill that the news gave; where the parcel has another, somebody else said so
  last_at    INTEGER NOT NULL DEFAULT 0, -- of the latest news
  traces     INTEGER NOT NULL DEFAULT 0,
  ended      INTEGER NOT NULL DEFAULT 0, -- 1 = its way is over, nobody looks any more
  flags      TEXT NOT NULL DEFAULT '',   -- words of policy/tracking, the gravest first
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX waybill_tracks_open    ON waybill_tracks (waybill_id) WHERE ended = 0;
CREATE INDEX waybill_tracks_flagged ON waybill_tracks (waybill_id) WHERE flags <> '';

CREATE TABLE waybill_traces (
  id         INTEGER NOT NULL PRIMARY KEY,
  waybill_id INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  place      TEXT NOT NULL DEFAULT '', -- code of policy/place
  words      TEXT NOT NULL DEFAULT '',
  state      TEXT NOT NULL DEFAULT '', -- word of policy/waybill that the words tell of
  fails      INTEGER NOT NULL DEFAULT 0 -- 1 = a delivery that found nobody
) STRICT;
CREATE UNIQUE INDEX waybill_traces_once ON waybill_traces (waybill_id, at, words);

-- +goose Down
SELECT 1;

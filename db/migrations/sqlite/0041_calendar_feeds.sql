-- +goose Up
-- A person's calendar, read by the calendar program of a phone or an office at a
-- secret address. Of the address only the hash is kept.
CREATE TABLE calendar_feeds (
  user_id INTEGER NOT NULL PRIMARY KEY REFERENCES users(id),
  hash    TEXT NOT NULL UNIQUE,
  made_at INTEGER NOT NULL -- unix milliseconds
) STRICT;

-- +goose Down
SELECT 1;

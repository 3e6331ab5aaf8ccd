-- +goose Up
-- A person's calendar, read by the calendar program of a phone or an office at a
-- secret address. Of the address only the hash is kept.
CREATE TABLE calendar_feeds (
  user_id BIGINT NOT NULL PRIMARY KEY REFERENCES users(id),
  hash    TEXT COLLATE "C" NOT NULL UNIQUE,
  made_at BIGINT NOT NULL -- unix milliseconds
);

-- +goose Down
SELECT 1;

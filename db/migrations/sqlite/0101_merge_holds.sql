-- +goose Up
-- How class and stage of the file that stays were held before a merge took the
-- other's, so that undoing puts it back: JSON, without words.
ALTER TABLE merges ADD COLUMN held TEXT NOT NULL DEFAULT '';

-- +goose Down
SELECT 1;

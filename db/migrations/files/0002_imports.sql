-- +goose Up
ALTER TABLE import_rows ADD COLUMN sort_key TEXT NOT NULL DEFAULT ''; -- of a new file's name

-- +goose Down
SELECT 1;

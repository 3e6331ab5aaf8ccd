-- +goose Up
-- A database that took 0091 in its first form lost this one.
CREATE INDEX IF NOT EXISTS cases_author ON cases (created_by, opened_at, id) WHERE deleted_at = 0;

-- +goose Down
SELECT 1;

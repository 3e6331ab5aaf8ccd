-- +goose Up
-- An import is applied in parts: what its parts need to know of each other,
-- JSON, empty when none is under way (import_parts.go).
ALTER TABLE imports ADD COLUMN run TEXT NOT NULL DEFAULT '';
ALTER TABLE imports ADD COLUMN run_done INTEGER NOT NULL DEFAULT 0; -- rows that are written

-- +goose Down
SELECT 1;

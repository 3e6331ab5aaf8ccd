-- +goose Up
-- An import is applied in parts: what its parts need to know of each other,
-- JSON, empty when none is under way (import_parts.go).
ALTER TABLE imports ADD COLUMN run TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE imports ADD COLUMN run_done BIGINT NOT NULL DEFAULT 0; -- rows that are written
ALTER TABLE import_rows ADD COLUMN sort_key TEXT COLLATE "C" NOT NULL DEFAULT ''; -- of a new file's name

-- +goose Down
SELECT 1;

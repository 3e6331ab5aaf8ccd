-- +goose Up
-- A measure may come again after so many months (R166): the next one is written
-- down when this one is done, and knows which it follows; one follows another once.
ALTER TABLE measures ADD COLUMN every_months BIGINT NOT NULL DEFAULT 0 CHECK (every_months IN (0, 1, 3, 6, 12));
ALTER TABLE measures ADD COLUMN follows_id   BIGINT;
CREATE UNIQUE INDEX measures_follows ON measures (follows_id) WHERE follows_id IS NOT NULL;

-- +goose Down
SELECT 1;

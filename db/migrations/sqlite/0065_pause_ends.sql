-- +goose Up
-- When a pause ends by itself, unix milliseconds; 0 = one from before pauses had
-- an end. Once it is over a to-do says so, and this is 0 again.
ALTER TABLE case_pauses ADD COLUMN until_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN pause_until INTEGER NOT NULL DEFAULT 0;
CREATE INDEX cases_pause ON cases (pause_until) WHERE pause_until > 0 AND step <> 'closed' AND deleted_at = 0;

-- +goose Down
SELECT 1;

-- +goose Up
-- What the steps of a case leave behind: the call that the rule asks for, the
-- measures after a repeat, and why it closed though the client was not
-- satisfied.
ALTER TABLE cases ADD COLUMN call_due        INTEGER NOT NULL DEFAULT 0; -- by when the client is to be called back, unix milliseconds, 0 = no call
ALTER TABLE cases ADD COLUMN called_at       INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN review_why      TEXT NOT NULL DEFAULT '' CHECK (review_why IN ('','repeat','severity','hand')); -- '' = none is asked for
ALTER TABLE cases ADD COLUMN measures        TEXT NOT NULL DEFAULT '';   -- what keeps it from happening again
ALTER TABLE cases ADD COLUMN measures_by     INTEGER REFERENCES users(id);
ALTER TABLE cases ADD COLUMN measures_due    TEXT NOT NULL DEFAULT '';   -- day
ALTER TABLE cases ADD COLUMN unsatisfied_why TEXT NOT NULL DEFAULT '';   -- word of policy/casework; what was said of it stands in unsatisfied_reason
ALTER TABLE cases ADD COLUMN reopened        INTEGER NOT NULL DEFAULT 0; -- how often
CREATE INDEX cases_waiting ON cases (branch_id, id) WHERE unsatisfied_why <> '' AND step <> 'closed' AND deleted_at = 0;

-- +goose Down
SELECT 1;

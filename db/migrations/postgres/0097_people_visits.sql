-- +goose Up
-- What a person did in a month is counted here alone.
DROP INDEX visits_user;
CREATE INDEX visits_user ON visits (user_id, day, id, state, branch_id, customer_id, deleted_at) WHERE deleted_at = 0;
-- What a person has planned, of thousands that they made.
CREATE INDEX visits_planned_user ON visits (user_id, day, id, branch_id, customer_id) WHERE state = 'planned' AND deleted_at = 0;

-- +goose Down
SELECT 1;

-- +goose Up
-- How many open cases each person has, kept by what writes cases: a new one is
-- given out by it.
CREATE TABLE case_loads (
  user_id    BIGINT NOT NULL PRIMARY KEY REFERENCES users(id),
  open_cases BIGINT NOT NULL
);
INSERT INTO case_loads (user_id, open_cases)
  SELECT user_id, COUNT(*) FROM cases WHERE user_id IS NOT NULL AND step <> 'closed' AND deleted_at = 0 GROUP BY user_id;

-- A list is counted, and passed over up to the branch that is asked for, out of
-- the index of its order alone.
DROP INDEX cases_due_branch;
DROP INDEX cases_due_user;
DROP INDEX cases_closed;
DROP INDEX cases_closed_branch;
DROP INDEX cases_step;
CREATE INDEX cases_due_branch    ON cases (branch_id, due, id, step, customer_id, user_id) WHERE step <> 'closed' AND deleted_at = 0;
CREATE INDEX cases_due_user      ON cases (user_id, due, id, step, customer_id, branch_id) WHERE step <> 'closed' AND deleted_at = 0;
CREATE INDEX cases_closed        ON cases (closed_at, id, branch_id, customer_id) WHERE step = 'closed' AND deleted_at = 0;
CREATE INDEX cases_closed_branch ON cases (branch_id, closed_at, id, customer_id) WHERE step = 'closed' AND deleted_at = 0;
CREATE INDEX cases_step          ON cases (step, due, id, branch_id, customer_id, user_id) WHERE step <> 'closed' AND deleted_at = 0;

-- What was planned and not made is little of all visits.
CREATE INDEX visits_planned ON visits (day, id, branch_id, user_id, customer_id) WHERE state = 'planned' AND deleted_at = 0;

-- +goose Down
SELECT 1;

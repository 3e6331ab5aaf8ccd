-- +goose Up
-- Nearly all files have the same deleted_at, and those of the bin each another:
-- an index that has it second looks to the planner as if it led to a few rows,
-- and the due list read whole branches by it. So it comes behind the id.
DROP INDEX customers_booked;
CREATE INDEX customers_booked ON customers (branch_id, id, deleted_at, (version || '|' || class || '|' || worth || '|' || rfm || '|' || tier || '|' || level || '|' || stage || '|' || marks || '|' || size || '|' || power || '|' || monthly_pieces || '|' || screen_place || '|' || screen_profit || '|' || screen_staff || '|' || screen_culture || '|' || industry));
-- A database that took 0091 in its first form lost this one.
CREATE INDEX IF NOT EXISTS cases_author ON cases (created_by, opened_at, id) WHERE deleted_at = 0;

-- +goose Down
SELECT 1;

-- +goose Up
-- A column of the board is read in its order, as far as it is shown.
CREATE INDEX cases_step ON cases (step, due, id) WHERE step <> 'closed' AND deleted_at = 0;

-- +goose Down
SELECT 1;

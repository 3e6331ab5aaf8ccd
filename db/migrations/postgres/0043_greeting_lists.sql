-- +goose Up
-- A list counts its greetings by an index alone, but for those to clients in the
-- recycle bin; what is closed is listed by branch and by whom it was of, too.
DROP INDEX greetings_mine;
CREATE INDEX greetings_mine   ON greetings (user_id, due, id, customer_id) WHERE state = 'open' AND lead_id IS NULL;
DROP INDEX greetings_branch;
CREATE INDEX greetings_branch ON greetings (branch_id, due, id, customer_id) WHERE state = 'open' AND lead_id IS NULL;
DROP INDEX greetings_due;
CREATE INDEX greetings_due    ON greetings (due, id, customer_id) WHERE state = 'open' AND lead_id IS NULL;
CREATE INDEX greetings_open_occasion ON greetings (occasion, due, id, branch_id, customer_id) WHERE state = 'open' AND lead_id IS NULL;
CREATE INDEX greetings_closed_branch ON greetings (branch_id, closed_at, id) WHERE state <> 'open' AND lead_id IS NULL;
CREATE INDEX greetings_closed_mine   ON greetings (user_id, closed_at, id) WHERE state <> 'open' AND lead_id IS NULL;

-- +goose Down
SELECT 1;

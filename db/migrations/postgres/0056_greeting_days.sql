-- +goose Up
-- The calendar counts the greetings of a day by an index alone, of a branch or
-- of one's own clients; those that another greeting names stand in one beside.
DROP INDEX greetings_day;
CREATE INDEX greetings_days     ON greetings (branch_id, day, occasion, state, lead_id, customer_id);
CREATE INDEX greetings_named    ON greetings (branch_id, day, occasion, lead_id, customer_id) WHERE lead_id IS NOT NULL;
DROP INDEX greetings_customer;
CREATE INDEX greetings_customer ON greetings (customer_id, day, occasion, state, lead_id);

-- +goose Down
SELECT 1;

-- +goose Up
-- What a night and a preview read of each contact stands in the index of its
-- client; what it said, beside it.
DROP INDEX contacts_customer;
CREATE INDEX contacts_customer ON contacts (customer_id, id, is_primary, deleted_at, erased_at, birthday_month);
DROP INDEX consents_purpose;
CREATE INDEX consents_said ON consents (customer_id, contact_id, purpose, state) WHERE superseded_at = 0;
-- Figures are asked for by days.
DROP INDEX greetings_occasion;
CREATE INDEX greetings_day ON greetings (day, occasion, branch_id);
-- What closed by itself opens again when its reason is gone.
CREATE INDEX greetings_itself ON greetings (day, id) WHERE closed_why <> '' AND lead_id IS NULL;

-- +goose Down
SELECT 1;

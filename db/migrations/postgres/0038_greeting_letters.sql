-- +goose Up
-- The letter by which a greeting goes out, when the program sends it.
ALTER TABLE greetings ADD COLUMN letter_id BIGINT; -- of outbox; NULL = none
CREATE INDEX greetings_letter  ON greetings (letter_id) WHERE letter_id IS NOT NULL;
CREATE INDEX outbox_branch_day ON outbox (branch_id, sent_day) WHERE sent_day <> '';

-- +goose Down
SELECT 1;

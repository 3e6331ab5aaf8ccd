-- +goose Up
-- The number called first is read with every row of a list: out of the index
-- alone, in the order in which it is looked for.
DROP INDEX phones_customer;
CREATE INDEX phones_customer ON phones (customer_id, position, id, contact_id, number);

-- +goose Down
DROP INDEX phones_customer;
CREATE INDEX phones_customer ON phones (customer_id, position);

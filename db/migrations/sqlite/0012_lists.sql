-- +goose Up
-- The number called first is read with every row of a list: out of the index
-- alone, in the order in which it is looked for.
DROP INDEX phones_customer;
CREATE INDEX phones_customer ON phones (customer_id, position, id, contact_id, number);
-- Customers whom nobody looks after, by branch and name: the index by owner
-- knows no branch.
CREATE INDEX customers_nobody ON customers (branch_id, name_key, id) WHERE deleted_at = 0 AND owner_id IS NULL;

-- +goose Down
DROP INDEX customers_nobody;
DROP INDEX phones_customer;
CREATE INDEX phones_customer ON phones (customer_id, position);

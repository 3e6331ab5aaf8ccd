-- +goose Up
-- Who joined a class or came to a rep within the month is decided one by one;
-- all others by how many of them there are.
CREATE INDEX customers_since ON customers (branch_id, greatest(class_since, owner_since))
  WHERE deleted_at = 0 AND state <> 'archived' AND stage <> 'lost';
-- Where a person has customers, and in which cities: the rest is read by the
-- branch and the owner.
DROP INDEX customers_due_owner;
CREATE INDEX customers_due_owner ON customers (owner_id, branch_id, city_code)
  WHERE deleted_at = 0 AND state <> 'archived' AND stage <> 'lost';

-- +goose Down
DROP INDEX customers_due_owner;
CREATE INDEX customers_due_owner ON customers (owner_id, branch_id, class, month_visits, last_visit_on) INCLUDE (id, city_code, class_since, owner_since, created_at, filed_on)
  WHERE deleted_at = 0 AND state <> 'archived' AND stage <> 'lost';
DROP INDEX customers_since;

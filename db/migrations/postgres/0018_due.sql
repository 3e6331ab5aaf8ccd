-- +goose Up
-- Who is due: all that decides it stands in one index, and how often a client
-- was visited in the month of the last visit is counted when a visit is written.
ALTER TABLE customers ADD COLUMN month_visits BIGINT NOT NULL DEFAULT 0; -- days with a made visit in the month of last_visit_on
UPDATE customers SET month_visits = (
  SELECT COUNT(DISTINCT v.day) FROM visits v
  WHERE v.customer_id = customers.id AND v.deleted_at = 0 AND v.state = 'done' AND v.day >= substr(customers.last_visit_on, 1, 7) || '-01')
WHERE last_visit_on <> '';
CREATE INDEX customers_due_branch ON customers (branch_id, owner_id, class, month_visits, last_visit_on) INCLUDE (id, city_code, class_since, owner_since, created_at, filed_on)
  WHERE deleted_at = 0 AND state <> 'archived' AND stage <> 'lost';
CREATE INDEX customers_due_owner ON customers (owner_id, branch_id, class, month_visits, last_visit_on) INCLUDE (id, city_code, class_since, owner_since, created_at, filed_on)
  WHERE deleted_at = 0 AND state <> 'archived' AND stage <> 'lost';
-- The calendar counts the visits of branches by their days, and those of a
-- person's clients client by client: out of the indexes alone.
DROP INDEX visits_branch;
CREATE INDEX visits_branch ON visits (branch_id, day, id) INCLUDE (customer_id, user_id, state) WHERE deleted_at = 0;
DROP INDEX visits_customer;
CREATE INDEX visits_customer ON visits (customer_id, day, id) INCLUDE (branch_id, user_id, state) WHERE deleted_at = 0;
-- A person's own customers of one class, or by last visit or code.
DROP INDEX customers_owner;
CREATE INDEX customers_owner ON customers (owner_id, name_key, id) INCLUDE (class, last_visit_on, code) WHERE deleted_at = 0;

-- +goose Down
DROP INDEX customers_owner;
CREATE INDEX customers_owner ON customers (owner_id, name_key, id) WHERE deleted_at = 0;
DROP INDEX visits_customer;
CREATE INDEX visits_customer ON visits (customer_id, day, id) WHERE deleted_at = 0;
DROP INDEX visits_branch;
CREATE INDEX visits_branch ON visits (branch_id, day, id) WHERE deleted_at = 0;
DROP INDEX customers_due_owner;
DROP INDEX customers_due_branch;
ALTER TABLE customers DROP COLUMN month_visits;

-- +goose Up
-- What keeps a file or a contact that an import opened is found at once, also
-- by the database itself, which asks for each row that is deleted.
CREATE INDEX handover_items_customer ON handover_items (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX cases_contact           ON cases (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX ratings_contact         ON ratings (contact_id) WHERE contact_id IS NOT NULL;

-- +goose Down
SELECT 1;

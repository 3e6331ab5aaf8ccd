-- +goose Up
-- What a customer file lacks, one bit a field: policy/standard names them in
-- order. It is kept with every write and knows no standard.
ALTER TABLE customers ADD COLUMN lacks BIGINT NOT NULL DEFAULT 0;
UPDATE customers SET lacks =
    CASE WHEN NOT EXISTS (SELECT 1 FROM phones p WHERE p.customer_id = customers.id) THEN 1 ELSE 0 END
  + CASE WHEN NOT EXISTS (SELECT 1 FROM contacts k WHERE k.customer_id = customers.id AND k.deleted_at = 0) THEN 2 ELSE 0 END
  + CASE WHEN kind = '' THEN 4 ELSE 0 END
  + CASE WHEN place_code = '' OR substr(place_code, 5, 2) = '00' AND place_code NOT IN ('441900', '442000', '460400', '620200') THEN 8 ELSE 0 END
  + CASE WHEN address = '' THEN 16 ELSE 0 END
  + CASE WHEN owner_id IS NULL THEN 32 ELSE 0 END
  + CASE WHEN clerk_id IS NULL THEN 64 ELSE 0 END
  + CASE WHEN class = '' THEN 128 ELSE 0 END
  + CASE WHEN industry = '' THEN 256 ELSE 0 END
  + CASE WHEN source = '' THEN 512 ELSE 0 END
  + CASE WHEN length(credit_code) <> 18 THEN 1024 ELSE 0 END
  + CASE WHEN terms = '' THEN 2048 ELSE 0 END
  + CASE WHEN NOT EXISTS (SELECT 1 FROM phones p WHERE p.customer_id = customers.id AND length(p.number) = 11 AND substr(p.number, 1, 1) = '1') THEN 4096 ELSE 0 END;
-- Counted out of the index alone.
CREATE INDEX customers_lacks ON customers (branch_id, kind, lacks) WHERE deleted_at = 0;

-- Who is responsible for an area of a branch and of those below it.
CREATE TABLE branch_duties (
  id        BIGINT NOT NULL PRIMARY KEY,
  branch_id BIGINT NOT NULL REFERENCES branches(id),
  area      TEXT COLLATE "C" NOT NULL CHECK (area IN ('data','service','complaints','care')),
  user_id   BIGINT REFERENCES users(id), -- NULL = nobody of its own: whoever is above
  version   BIGINT NOT NULL DEFAULT 1,
  updated_at BIGINT NOT NULL,
  UNIQUE (branch_id, area)
);
CREATE INDEX branch_duties_user ON branch_duties (user_id, area, branch_id);

-- +goose Down
DROP TABLE branch_duties;
DROP INDEX customers_lacks;
ALTER TABLE customers DROP COLUMN lacks;

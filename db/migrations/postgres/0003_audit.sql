-- +goose Up
-- The key that a client's personal values are sealed with wherever they stand
-- beside the live rows: in before-images, in optional fields. Made when first
-- needed; once the client is erased it is gone for good, and its row stays so
-- that no other is made.
CREATE TABLE customer_keys (
  customer_id BIGINT NOT NULL PRIMARY KEY,
  wrapped     BYTEA NOT NULL,              -- sealed with the company's key; zeros = destroyed
  created_at  BIGINT NOT NULL,
  erased_at   BIGINT NOT NULL DEFAULT 0  -- 0 = in use
);

-- +goose Down
SELECT 1;

-- +goose Up
-- Whether the bill of a parcel is here is told by its number: it may come later
-- than the case, and be taken back.
DROP INDEX case_waybills_waybill;
ALTER TABLE case_waybills DROP COLUMN waybill_id;

-- Clients with an open case.
CREATE INDEX cases_open_customer ON cases (customer_id) WHERE customer_id IS NOT NULL AND step <> 'closed' AND deleted_at = 0;

-- What proves a claim: its own pictures, beside those of the case.
CREATE TABLE case_claim_photos (
  claim_id INTEGER NOT NULL REFERENCES case_claims(id),
  hash     TEXT NOT NULL, -- of the picture in files
  thumb    TEXT NOT NULL, -- of its small version
  position INTEGER NOT NULL,
  PRIMARY KEY (claim_id, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_claim_photos_hash ON case_claim_photos (hash);

-- +goose Down
SELECT 1;

-- +goose Up
-- How far a client is on the way to silence, as of the last night: the stop of
-- the countdown that it has reached (policy/radar), 90 = three months without a
-- parcel; '' = it ships, or never did.
ALTER TABLE customers ADD COLUMN quiet TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX customers_quiet ON customers (quiet, branch_id, name_key, id) WHERE deleted_at = 0 AND quiet <> '';

-- +goose Down
SELECT 1;

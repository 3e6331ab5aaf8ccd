-- +goose Up
-- The case that was opened for an unhappy answer, so that the one names the other.
ALTER TABLE ratings ADD COLUMN led_to BIGINT NOT NULL DEFAULT 0; -- 0 = none

-- The radar also tells of clients whose answers fall.
ALTER TABLE radar_alerts DROP CONSTRAINT radar_alerts_kind_check;
ALTER TABLE radar_alerts ADD CONSTRAINT radar_alerts_kind_check CHECK (kind IN ('week','months','silence','payment','rating'));

-- +goose Down
SELECT 1;

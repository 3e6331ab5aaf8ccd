-- +goose Up
-- Alerts that end by themselves, alerts about payments.
ALTER TABLE radar_alerts DROP CONSTRAINT radar_alerts_kind_check;
ALTER TABLE radar_alerts ADD CONSTRAINT radar_alerts_kind_check CHECK (kind IN ('week','months','silence','payment'));
ALTER TABLE radar_alerts ADD COLUMN usual     BIGINT NOT NULL DEFAULT 0; -- pieces of a usual week
ALTER TABLE radar_alerts ADD COLUMN ended     TEXT COLLATE "C" NOT NULL DEFAULT ''; -- of policy/radar: why it ended by itself; '' = a person ended it
ALTER TABLE radar_alerts ADD COLUMN again_day TEXT COLLATE "C" NOT NULL DEFAULT ''; -- when it was last taken up again
UPDATE radar_alerts SET usual = CASE kind WHEN 'week' THEN expected ELSE expected * 7 / 30 END;
DROP INDEX radar_alerts_branch;
DROP INDEX radar_alerts_state;
CREATE INDEX radar_alerts_branch ON radar_alerts (branch_id, state, id, kind, customer_id); -- counted without a look at the rows
CREATE INDEX radar_alerts_state  ON radar_alerts (state, id, kind, customer_id, branch_id);

-- +goose Down
SELECT 1;

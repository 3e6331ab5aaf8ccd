-- +goose Up
-- Which case a rule opened for which trouble of which parcel: once for each,
-- however often it is looked at, and one case for what a parcel has at a time;
-- when that trouble was over, and when the client was called about it first. Times are unix milliseconds, 0 = not yet.
CREATE TABLE parcel_cases (
  number       TEXT COLLATE "C" NOT NULL,              -- of the parcel
  trouble      TEXT COLLATE "C" NOT NULL,              -- word of policy/tracking
  case_id      BIGINT NOT NULL DEFAULT 0,
  opened_at    BIGINT NOT NULL,
  rule_branch  BIGINT NOT NULL DEFAULT 0, -- by whose rule, 0 = the company's
  rule_version BIGINT NOT NULL DEFAULT 0, -- which, 0 = the default
  ended_at     BIGINT NOT NULL DEFAULT 0,
  ended_why    TEXT COLLATE "C" NOT NULL DEFAULT '',   -- as a to-do says why it closed by itself
  called_at    BIGINT NOT NULL DEFAULT 0,
  called_by    BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (number, trouble)
);
CREATE INDEX parcel_cases_case   ON parcel_cases (case_id) WHERE case_id <> 0;
CREATE INDEX parcel_cases_opened ON parcel_cases (opened_at, case_id);

-- +goose Down
SELECT 1;

-- +goose Up
-- Parcels by who picked them up, by the name on the bill, in a branch's month:
-- kept in the transaction of every write to waybills.
CREATE TABLE picker_months (
  branch_id INTEGER NOT NULL,
  month     TEXT NOT NULL,    -- YYYY-MM
  picker    TEXT NOT NULL,
  waybills  INTEGER NOT NULL, -- cancelled ones too
  signed    INTEGER NOT NULL,
  PRIMARY KEY (branch_id, month, picker)
) STRICT, WITHOUT ROWID;
INSERT INTO picker_months (branch_id, month, picker, waybills, signed)
  SELECT branch_id, substr(sent_day, 1, 7), picker, count(*), sum(CASE WHEN state = 'signed' THEN 1 ELSE 0 END) FROM waybills WHERE picker <> '' GROUP BY branch_id, substr(sent_day, 1, 7), picker;

-- On how many days somebody worked is told by an index alone.
DROP INDEX audits_user;
CREATE INDEX audits_user ON audits (user_id, id, at);

-- +goose Down
SELECT 1;

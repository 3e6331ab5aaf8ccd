-- +goose Up
-- Monthly reports as they were issued: figures of a branch and those below it,
-- kept as they stood; one that is issued anew is a further version.
CREATE TABLE monthly_reports (
  id        INTEGER NOT NULL PRIMARY KEY,
  branch_id INTEGER NOT NULL REFERENCES branches(id),
  month     TEXT NOT NULL,    -- YYYY-MM
  version   INTEGER NOT NULL, -- of this branch's month, from 1
  issued_at INTEGER NOT NULL, -- unix milliseconds
  issued_by INTEGER NOT NULL,
  body      TEXT NOT NULL     -- JSON of db.MonthlyBody: figures only, no names
) STRICT;
CREATE UNIQUE INDEX monthly_reports_month ON monthly_reports (branch_id, month, version);

-- +goose Down
SELECT 1;

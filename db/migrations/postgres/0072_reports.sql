-- +goose Up
-- Monthly reports as they were issued: figures of a branch and those below it,
-- kept as they stood; one that is issued anew is a further version.
CREATE TABLE monthly_reports (
  id        BIGINT NOT NULL PRIMARY KEY,
  branch_id BIGINT NOT NULL REFERENCES branches(id),
  month     TEXT COLLATE "C" NOT NULL, -- YYYY-MM
  version   BIGINT NOT NULL, -- of this branch's month, from 1
  issued_at BIGINT NOT NULL, -- unix milliseconds
  issued_by BIGINT NOT NULL,
  body      TEXT NOT NULL    -- JSON of db.MonthlyBody: figures only, no names
);
CREATE UNIQUE INDEX monthly_reports_month ON monthly_reports (branch_id, month, version);

-- +goose Down
SELECT 1;

-- +goose Up
-- What a run by the rules calls a client; '' = never sent anything, or no run
-- yet. marks holds a bit a mark (policy/classify). The stage stands beside
-- them and may be set by hand; the class is set by whoever approves.
ALTER TABLE customers ADD COLUMN worth TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN rfm   TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN tier  TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN level TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN marks BIGINT NOT NULL DEFAULT 0;
CREATE INDEX customers_worth ON customers (worth, branch_id, name_key, id) WHERE deleted_at = 0 AND worth <> '';
CREATE INDEX customers_rfm   ON customers (rfm, branch_id, name_key, id)   WHERE deleted_at = 0 AND rfm <> '';
CREATE INDEX customers_tier  ON customers (tier, branch_id, name_key, id)  WHERE deleted_at = 0 AND tier <> '';
CREATE INDEX customers_level ON customers (level, branch_id, name_key, id) WHERE deleted_at = 0 AND level <> '';
CREATE INDEX customers_marks ON customers (branch_id, marks, id)           WHERE deleted_at = 0 AND marks <> 0;

-- A run of the rules over the clients of one branch: of labels the latest, of
-- classes each. state is '' while it works.
CREATE TABLE class_runs (
  id         BIGINT NOT NULL PRIMARY KEY,
  kind       TEXT COLLATE "C" NOT NULL CHECK (kind IN ('labels','classes')),
  branch_id  BIGINT NOT NULL REFERENCES branches(id),
  period     TEXT COLLATE "C" NOT NULL,    -- day, or month of classes
  day        TEXT COLLATE "C" NOT NULL,    -- as of which
  versions   TEXT COLLATE "C" NOT NULL,    -- JSON: of each rule, whose and which version
  cuts       TEXT COLLATE "C" NOT NULL,    -- JSON of policy/classify
  clients    BIGINT NOT NULL,
  changed    BIGINT NOT NULL, -- labels written, or changes proposed
  state      TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (state IN ('','done')),
  made_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX class_runs_period ON class_runs (kind, branch_id, period);

-- What a run, or somebody who contests a label, proposes to change.
CREATE TABLE class_changes (
  id          BIGINT NOT NULL PRIMARY KEY,
  run_id      BIGINT NOT NULL DEFAULT 0, -- 0 = contested by somebody
  customer_id BIGINT NOT NULL REFERENCES customers(id),
  kind        TEXT COLLATE "C" NOT NULL, -- class, worth, rfm, tier, level, stage, mark
  old         TEXT COLLATE "C" NOT NULL,
  new         TEXT COLLATE "C" NOT NULL,
  why         TEXT COLLATE "C" NOT NULL DEFAULT '',   -- JSON of the reason behind it
  said        TEXT COLLATE "C" NOT NULL DEFAULT '',   -- by who contests
  said_by     BIGINT NOT NULL DEFAULT 0,
  state       TEXT COLLATE "C" NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed','approved','edited','rejected','dropped')),
  decided     TEXT COLLATE "C" NOT NULL DEFAULT '',   -- what it became
  reason      TEXT COLLATE "C" NOT NULL DEFAULT '',
  decided_by  BIGINT NOT NULL DEFAULT 0,
  decided_at  BIGINT NOT NULL DEFAULT 0,
  made_at     BIGINT NOT NULL
);
CREATE UNIQUE INDEX class_changes_open     ON class_changes (customer_id, kind, said_by) WHERE state = 'proposed';
CREATE INDEX        class_changes_customer ON class_changes (customer_id, id);
CREATE INDEX        class_changes_run      ON class_changes (run_id, state);

-- Labels set by hand, which no run touches until their day.
CREATE TABLE label_holds (
  customer_id BIGINT NOT NULL REFERENCES customers(id),
  kind        TEXT COLLATE "C" NOT NULL,
  value       TEXT COLLATE "C" NOT NULL,
  until       TEXT COLLATE "C" NOT NULL, -- day; on it the rules hold again
  reason      TEXT COLLATE "C" NOT NULL,
  user_id     BIGINT NOT NULL,
  made_at     BIGINT NOT NULL,
  PRIMARY KEY (customer_id, kind)
);

-- What a client was called, and since when another: each change that a run of
-- labels wrote.
CREATE TABLE label_events (
  id          BIGINT NOT NULL PRIMARY KEY,
  customer_id BIGINT NOT NULL REFERENCES customers(id),
  kind        TEXT COLLATE "C" NOT NULL,
  old         TEXT COLLATE "C" NOT NULL,
  new         TEXT COLLATE "C" NOT NULL,
  day         TEXT COLLATE "C" NOT NULL
);
CREATE INDEX label_events_customer ON label_events (customer_id, id);

-- +goose Down
SELECT 1;

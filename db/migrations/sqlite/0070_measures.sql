-- +goose Up
-- What is to become better, who sees to it, by when, and how that is judged.
-- The measure of a case's review has the case as its source; there is one of a
-- case. Days are YYYY-MM-DD, '' = none.
CREATE TABLE measures (
  id          INTEGER NOT NULL PRIMARY KEY,
  branch_id   INTEGER NOT NULL REFERENCES branches(id),
  customer_id INTEGER REFERENCES customers(id), -- with whom it began, NULL = with nobody
  user_id     INTEGER REFERENCES users(id),     -- who sees to it
  source      TEXT NOT NULL CHECK (source IN ('own','report','review','visit','radar','activity')),
  source_id   INTEGER NOT NULL DEFAULT 0,       -- of that case, visit, alert or activity
  source_path TEXT NOT NULL DEFAULT '',         -- address of that page of figures
  said        TEXT NOT NULL,                    -- what is to be done
  from_day    TEXT NOT NULL,
  due_day     TEXT NOT NULL,
  review_day  TEXT NOT NULL DEFAULT '',         -- when it is looked at
  figure      TEXT NOT NULL DEFAULT '' CHECK (figure IN ('','pieces','freight','active','visits','complaints','rate','satisfied')), -- by which it is judged
  goal        TEXT NOT NULL DEFAULT '',         -- … or in words
  reach       TEXT NOT NULL DEFAULT 'branch' CHECK (reach IN ('branch','class','segment','customer')),
  reach_value TEXT NOT NULL DEFAULT '',         -- the class or the segment
  state       TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open','running','done','dropped')),
  result      TEXT NOT NULL DEFAULT '',         -- what was done, or why it was dropped
  done_day    TEXT NOT NULL DEFAULT '',
  verdict     TEXT NOT NULL DEFAULT '' CHECK (verdict IN ('','better','same','worse','few','none','said')),
  outcome     TEXT NOT NULL DEFAULT '',         -- JSON of policy/measure: before and after, as it was looked at
  learned     TEXT NOT NULL DEFAULT '',         -- what follows of it
  reviewed_by INTEGER REFERENCES users(id),
  reviewed_on TEXT NOT NULL DEFAULT '',
  version     INTEGER NOT NULL DEFAULT 1,
  created_at  INTEGER NOT NULL,
  created_by  INTEGER NOT NULL DEFAULT 0,
  updated_at  INTEGER NOT NULL,
  deleted_at  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX measures_review   ON measures (source_id) WHERE source = 'review';
CREATE INDEX        measures_source   ON measures (source, source_id) WHERE source_id <> 0;
CREATE INDEX        measures_customer ON measures (customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX        measures_branch   ON measures (branch_id, due_day, id) WHERE deleted_at = 0;
CREATE INDEX        measures_due      ON measures (due_day, id) WHERE deleted_at = 0;
CREATE INDEX        measures_user     ON measures (user_id, due_day, id) WHERE user_id IS NOT NULL AND deleted_at = 0;

-- The clients that a measure is for, as they were when it was written down; of
-- one for a whole branch they are those of the branch.
CREATE TABLE measure_clients (
  measure_id  INTEGER NOT NULL REFERENCES measures(id),
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  PRIMARY KEY (measure_id, customer_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX measure_clients_customer ON measure_clients (customer_id, measure_id);

-- What reviews asked for until now. When they began was not kept: the day by
-- which they were due stands for it.
INSERT INTO measures (id, branch_id, customer_id, user_id, source, source_id, said, from_day, due_day, reach, state, result, done_day, created_at, created_by, updated_at, deleted_at)
SELECT e.id, e.branch_id, e.customer_id, e.measures_by, 'review', e.id, e.measures, e.measures_due, e.measures_due,
  CASE WHEN e.customer_id IS NULL THEN 'branch' ELSE 'customer' END,
  CASE WHEN t.state = 'dropped' THEN 'dropped' WHEN t.state = 'done' AND t.result <> '' THEN 'done' ELSE 'open' END,
  CASE WHEN t.state = 'open' THEN '' ELSE coalesce(t.result, '') END, '',
  coalesce(t.created_at, e.created_at), coalesce(e.user_id, e.created_by), coalesce(t.updated_at, e.updated_at), e.deleted_at
FROM cases e LEFT JOIN todos t ON t.kind = 'case_measures' AND t.key = CAST(e.id AS TEXT)
WHERE e.measures <> '' AND e.measures_due <> '';
INSERT INTO measure_clients (measure_id, customer_id) SELECT id, customer_id FROM measures WHERE reach = 'customer';

-- +goose Down
SELECT 1;

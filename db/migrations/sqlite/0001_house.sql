-- +goose Up
-- Instants are unix milliseconds UTC, days 'YYYY-MM-DD' in the business zone,
-- money integer fen. Ids are made by the program (ids.go).

CREATE TABLE meta (
  key   TEXT NOT NULL PRIMARY KEY, -- company, zone, policy_version, node, set_up_token, clean_stop, …
  value TEXT NOT NULL
) STRICT;

CREATE TABLE branches (
  id         INTEGER NOT NULL PRIMARY KEY,
  parent_id  INTEGER REFERENCES branches(id),
  level      TEXT NOT NULL CHECK (level IN ('head_office','region','branch')),
  name       TEXT NOT NULL,
  name_key   TEXT NOT NULL,            -- pinyin sort key
  code       TEXT NOT NULL UNIQUE,     -- prefix of its customer codes
  area_code  TEXT NOT NULL DEFAULT '', -- of landlines written without one, e.g. 0571
  active     INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0,1)),
  next_code  INTEGER NOT NULL DEFAULT 1, -- next number of a customer code
  version    INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX branches_parent ON branches (parent_id);

CREATE TABLE branch_closure (
  ancestor_id   INTEGER NOT NULL REFERENCES branches(id),
  descendant_id INTEGER NOT NULL REFERENCES branches(id),
  depth         INTEGER NOT NULL, -- 0 = itself
  PRIMARY KEY (ancestor_id, descendant_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX branch_closure_descendant ON branch_closure (descendant_id, depth);

CREATE TABLE users (
  id            INTEGER NOT NULL PRIMARY KEY,
  username      TEXT NOT NULL UNIQUE, -- lower case
  name          TEXT NOT NULL,
  name_key      TEXT NOT NULL,
  phone         TEXT NOT NULL DEFAULT '',
  branch_id     INTEGER NOT NULL REFERENCES branches(id), -- home branch
  password_hash TEXT NOT NULL,        -- argon2id
  must_change   INTEGER NOT NULL DEFAULT 0 CHECK (must_change IN (0,1)),
  disabled      INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0,1)),
  lang          TEXT NOT NULL DEFAULT '',
  joined_on     TEXT NOT NULL DEFAULT '', -- day
  version       INTEGER NOT NULL DEFAULT 1,
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX users_branch ON users (branch_id, name_key, id);

CREATE TABLE grants (
  user_id    INTEGER NOT NULL REFERENCES users(id),
  role       TEXT NOT NULL,
  branch_id  INTEGER NOT NULL REFERENCES branches(id),
  granted_at INTEGER NOT NULL,
  granted_by INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, role, branch_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_branch ON grants (branch_id, role);

CREATE TABLE sessions (
  token      TEXT NOT NULL PRIMARY KEY, -- hash, made by scs
  user_id    INTEGER NOT NULL DEFAULT 0,
  data       BLOB NOT NULL,
  expires_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE signin_attempts (
  key        TEXT NOT NULL PRIMARY KEY, -- 'name:…' (hashed) or 'addr:…'
  failures   INTEGER NOT NULL,
  last_at    INTEGER NOT NULL,
  until_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE user_settings (
  user_id INTEGER NOT NULL REFERENCES users(id),
  key     TEXT NOT NULL, -- customers.columns, customers.views, …
  value   TEXT NOT NULL, -- JSON
  PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE rules (
  id         INTEGER NOT NULL PRIMARY KEY,
  rule       TEXT NOT NULL,               -- cadence, …
  branch_id  INTEGER REFERENCES branches(id), -- NULL = the whole company
  valid_from TEXT NOT NULL,               -- day
  version    INTEGER NOT NULL,
  value      TEXT NOT NULL,               -- JSON
  author_id  INTEGER NOT NULL DEFAULT 0,
  reason     TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX rules_version ON rules (rule, coalesce(branch_id, 0), version);

CREATE TABLE audits (
  id         INTEGER NOT NULL PRIMARY KEY,
  at         INTEGER NOT NULL,
  user_id    INTEGER NOT NULL DEFAULT 0,
  user_name  TEXT NOT NULL,
  act        TEXT NOT NULL,              -- customers.create, session.start, …
  branch_id  INTEGER NOT NULL DEFAULT 0,
  subject_id INTEGER NOT NULL DEFAULT 0, -- the row that the act was about
  rows_count INTEGER NOT NULL DEFAULT 0, -- changed rows, or rows that left in an export
  detail     TEXT NOT NULL DEFAULT '',   -- JSON
  address    TEXT NOT NULL DEFAULT '',
  request_id TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX audits_user ON audits (user_id, id);
CREATE INDEX audits_act ON audits (act, id);

-- One item per changed row of an act, with the fields as they were and became.
CREATE TABLE changes (
  id          INTEGER NOT NULL PRIMARY KEY,
  audit_id    INTEGER NOT NULL REFERENCES audits(id) DEFERRABLE INITIALLY DEFERRED,
  kind        TEXT NOT NULL CHECK (kind IN ('create','update','delete','restore')),
  entity      TEXT NOT NULL,             -- customers, contacts, visits, …
  row_id      INTEGER NOT NULL,
  branch_id   INTEGER NOT NULL DEFAULT 0,
  customer_id INTEGER NOT NULL DEFAULT 0,
  version     INTEGER NOT NULL,          -- of the row after the change
  fields      TEXT NOT NULL DEFAULT ''   -- JSON {"field":[before,after],…}; empty for a created row
) STRICT;
CREATE INDEX changes_audit ON changes (audit_id);
CREATE INDEX changes_customer ON changes (customer_id, id);
CREATE INDEX changes_row ON changes (row_id, version);

CREATE TABLE submissions (
  key        TEXT NOT NULL PRIMARY KEY, -- made by the form, per user
  entity     TEXT NOT NULL,
  row_id     INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX submissions_age ON submissions (created_at);

CREATE TABLE customers (
  id             INTEGER NOT NULL PRIMARY KEY,
  branch_id      INTEGER NOT NULL REFERENCES branches(id),
  code           TEXT NOT NULL UNIQUE,
  name           TEXT NOT NULL,
  short_name     TEXT NOT NULL DEFAULT '',
  name_key       TEXT NOT NULL,             -- pinyin sort key
  name_fold      TEXT NOT NULL,             -- dedupe.FoldName
  kind           TEXT NOT NULL DEFAULT '' CHECK (kind IN ('','ecommerce','enterprise','individual','distributor','partner')),
  usage          TEXT NOT NULL DEFAULT '' CHECK (usage IN ('','user','intermediary')),
  nature         TEXT NOT NULL DEFAULT '' CHECK (nature IN ('','private','state','foreign','joint_venture','self_employed','public_body','other')),
  size           TEXT NOT NULL DEFAULT '' CHECK (size IN ('','micro','small','medium','large')),
  power          TEXT NOT NULL DEFAULT '' CHECK (power IN ('','low','middle','high')),
  source         TEXT NOT NULL DEFAULT '' CHECK (source IN ('','taobao','pinduoduo','douyin','jd','enterprise','walk_in','internet','contacts','referral','visit','other')),
  industry       TEXT NOT NULL DEFAULT '',
  business_type  TEXT NOT NULL DEFAULT '',
  credit_code    TEXT NOT NULL DEFAULT '',  -- unified social credit code
  account_no     TEXT NOT NULL DEFAULT '',  -- monthly account number 月结账号
  wechat         TEXT NOT NULL DEFAULT '',
  email          TEXT NOT NULL DEFAULT '',
  place_code     TEXT NOT NULL DEFAULT '',  -- division code of the finest level known
  city_code      TEXT NOT NULL DEFAULT '',  -- division code of the city
  address        TEXT NOT NULL DEFAULT '',  -- detail below the district
  owner_id       INTEGER REFERENCES users(id), -- account manager or rep (R36)
  owner_since    TEXT NOT NULL DEFAULT '',  -- day
  clerk_id       INTEGER REFERENCES users(id), -- exclusive service clerk (R35)
  stage          TEXT NOT NULL DEFAULT '' CHECK (stage IN ('','prospect','new','growing','mature','declining','lost','won_back')),
  class          TEXT NOT NULL DEFAULT '' CHECK (class IN ('','A','B','C')),
  class_reason   TEXT NOT NULL DEFAULT '',
  class_since    TEXT NOT NULL DEFAULT '',  -- day
  terms          TEXT NOT NULL DEFAULT '' CHECK (terms IN ('','per_parcel','monthly')),
  terms_days     INTEGER NOT NULL DEFAULT 0, -- days of credit
  credit_limit   INTEGER NOT NULL DEFAULT 0, -- fen
  contract_no    TEXT NOT NULL DEFAULT '',
  contract_from  TEXT NOT NULL DEFAULT '',
  contract_to    TEXT NOT NULL DEFAULT '',
  channel        TEXT NOT NULL DEFAULT '' CHECK (channel IN ('','online_order','phone','on_site','email','online_form','visit','wechat','import')),
  screen_place   INTEGER NOT NULL DEFAULT 0 CHECK (screen_place BETWEEN 0 AND 5),   -- prospect screening, 1–5, 0 = not judged (R39)
  screen_profit  INTEGER NOT NULL DEFAULT 0 CHECK (screen_profit BETWEEN 0 AND 5),
  screen_staff   INTEGER NOT NULL DEFAULT 0 CHECK (screen_staff BETWEEN 0 AND 5),
  screen_culture INTEGER NOT NULL DEFAULT 0 CHECK (screen_culture BETWEEN 0 AND 5),
  state          TEXT NOT NULL DEFAULT 'draft' CHECK (state IN ('draft','reviewed','archived')),
  monthly_pieces INTEGER NOT NULL DEFAULT 0, -- as stated in a register, until parcels tell
  filed_on       TEXT NOT NULL DEFAULT '',  -- day the file was opened on paper
  remark         TEXT NOT NULL DEFAULT '',
  last_visit_on  TEXT NOT NULL DEFAULT '',  -- day of the last visit made
  next_visit_on  TEXT NOT NULL DEFAULT '',  -- day of the next planned visit
  import_id      INTEGER NOT NULL DEFAULT 0,
  version        INTEGER NOT NULL DEFAULT 1,
  created_at     INTEGER NOT NULL,
  created_by     INTEGER NOT NULL DEFAULT 0,
  updated_at     INTEGER NOT NULL,
  deleted_at     INTEGER NOT NULL DEFAULT 0 -- 0 = not in the recycle bin
) STRICT;
CREATE INDEX customers_by_name    ON customers (branch_id, name_key, id) WHERE deleted_at = 0;
CREATE INDEX customers_by_code    ON customers (branch_id, code, id) WHERE deleted_at = 0;
CREATE INDEX customers_by_visit   ON customers (branch_id, last_visit_on, id) WHERE deleted_at = 0;
CREATE INDEX customers_by_created ON customers (branch_id, id) WHERE deleted_at = 0;
-- The whole company, by name and by last visit.
CREATE INDEX customers_all_name   ON customers (name_key, id) WHERE deleted_at = 0;
CREATE INDEX customers_all_visit  ON customers (last_visit_on, id) WHERE deleted_at = 0;
-- Each filter of the list, counted by its beginning, walked by name to its end.
CREATE INDEX customers_owner      ON customers (owner_id, name_key, id) WHERE deleted_at = 0;
CREATE INDEX customers_clerk      ON customers (clerk_id, name_key, id) WHERE deleted_at = 0;
CREATE INDEX customers_class      ON customers (class, branch_id, name_key, id) WHERE deleted_at = 0;
CREATE INDEX customers_stage      ON customers (stage, branch_id, name_key, id) WHERE deleted_at = 0;
CREATE INDEX customers_kind       ON customers (kind, branch_id, name_key, id) WHERE deleted_at = 0;
CREATE INDEX customers_source     ON customers (source, branch_id, name_key, id) WHERE deleted_at = 0;
CREATE INDEX customers_state      ON customers (state, branch_id, name_key, id) WHERE deleted_at = 0;
CREATE INDEX customers_city       ON customers (city_code, branch_id, name_key, id) WHERE deleted_at = 0;
CREATE INDEX customers_fold       ON customers (name_fold);
CREATE INDEX customers_credit     ON customers (credit_code) WHERE credit_code <> '';
CREATE INDEX customers_account    ON customers (account_no) WHERE account_no <> '';
CREATE INDEX customers_bin        ON customers (branch_id, deleted_at) WHERE deleted_at <> 0;
CREATE INDEX customers_import     ON customers (import_id) WHERE import_id <> 0;

CREATE TABLE contacts (
  id             INTEGER NOT NULL PRIMARY KEY,
  customer_id    INTEGER NOT NULL REFERENCES customers(id),
  branch_id      INTEGER NOT NULL REFERENCES branches(id),
  name           TEXT NOT NULL,
  position       TEXT NOT NULL DEFAULT '',
  wechat         TEXT NOT NULL DEFAULT '',
  email          TEXT NOT NULL DEFAULT '',
  birthday_lunar INTEGER NOT NULL DEFAULT 0 CHECK (birthday_lunar IN (0,1)),
  birthday_year  INTEGER NOT NULL DEFAULT 0, -- 0 = not known
  birthday_month INTEGER NOT NULL DEFAULT 0, -- 0 = no birthday known
  birthday_day   INTEGER NOT NULL DEFAULT 0,
  birthday_leap  INTEGER NOT NULL DEFAULT 0 CHECK (birthday_leap IN (0,1)), -- leap month of the lunar calendar
  is_primary     INTEGER NOT NULL DEFAULT 0 CHECK (is_primary IN (0,1)),
  remark         TEXT NOT NULL DEFAULT '',
  version        INTEGER NOT NULL DEFAULT 1,
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL,
  deleted_at     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX contacts_customer ON contacts (customer_id, id);

-- Numbers of a customer, or of one of its contacts.
CREATE TABLE phones (
  id          INTEGER NOT NULL PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  branch_id   INTEGER NOT NULL REFERENCES branches(id),
  contact_id  INTEGER REFERENCES contacts(id),
  number      TEXT NOT NULL, -- canonical: 13800001054, 0571-86000123-801
  position    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX phones_customer ON phones (customer_id, position);
CREATE INDEX phones_number ON phones (number, customer_id);

CREATE TABLE tags (
  id         INTEGER NOT NULL PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE,
  kind       TEXT NOT NULL CHECK (kind IN ('source','value','behaviour','risk','own')),
  hint       TEXT NOT NULL DEFAULT '', -- what to mind at the door (R67, R258)
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE customer_tags (
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  tag_id      INTEGER NOT NULL REFERENCES tags(id),
  branch_id   INTEGER NOT NULL REFERENCES branches(id),
  PRIMARY KEY (customer_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_tags_tag ON customer_tags (tag_id, branch_id, customer_id);

-- Grams of everything a customer is found by; see search.go.
CREATE VIRTUAL TABLE customer_search USING fts5 (
  grams, content='', contentless_delete=1, detail=none, tokenize='ascii'
);

CREATE TABLE visits (
  id             INTEGER NOT NULL PRIMARY KEY,
  customer_id    INTEGER NOT NULL REFERENCES customers(id),
  branch_id      INTEGER NOT NULL REFERENCES branches(id),
  user_id        INTEGER REFERENCES users(id), -- who visits
  contact_id     INTEGER REFERENCES contacts(id),
  state          TEXT NOT NULL CHECK (state IN ('planned','done','cancelled')),
  day            TEXT NOT NULL,              -- made on, or planned for
  minute         INTEGER NOT NULL DEFAULT -1, -- minute of the day, -1 = not said
  mode           TEXT NOT NULL CHECK (mode IN ('on_site','phone','wechat','at_branch')),
  purpose        TEXT NOT NULL DEFAULT '',
  learned        TEXT NOT NULL DEFAULT '',
  mood           TEXT NOT NULL DEFAULT '' CHECK (mood IN ('','good','plain','poor')),
  met            TEXT NOT NULL DEFAULT '',   -- who was met when it is no contact on file
  next_step      TEXT NOT NULL DEFAULT '',
  next_on        TEXT NOT NULL DEFAULT '',   -- day
  import_id      INTEGER NOT NULL DEFAULT 0,
  version        INTEGER NOT NULL DEFAULT 1,
  created_at     INTEGER NOT NULL,
  created_by     INTEGER NOT NULL DEFAULT 0,
  updated_at     INTEGER NOT NULL,
  deleted_at     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX visits_customer ON visits (customer_id, day, id) WHERE deleted_at = 0;
CREATE INDEX visits_user     ON visits (user_id, day, id) WHERE deleted_at = 0;
CREATE INDEX visits_branch   ON visits (branch_id, day, id) WHERE deleted_at = 0;
CREATE INDEX visits_day      ON visits (day, id) WHERE deleted_at = 0;
CREATE INDEX visits_import   ON visits (import_id) WHERE import_id <> 0;

CREATE TABLE visit_photos (
  visit_id INTEGER NOT NULL REFERENCES visits(id),
  hash     TEXT NOT NULL, -- of the picture in files
  thumb    TEXT NOT NULL, -- of its small version
  position INTEGER NOT NULL,
  PRIMARY KEY (visit_id, hash)
) STRICT, WITHOUT ROWID;

-- What a user started and may leave: imports, exports, reclassification.
CREATE TABLE tasks (
  id          INTEGER NOT NULL PRIMARY KEY,
  kind        TEXT NOT NULL,
  user_id     INTEGER NOT NULL,
  branch_id   INTEGER NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('queued','running','done','failed','cancelled')),
  payload     TEXT NOT NULL,            -- JSON
  done_count  INTEGER NOT NULL DEFAULT 0,
  total_count INTEGER NOT NULL DEFAULT 0,
  result      TEXT NOT NULL DEFAULT '', -- JSON
  error       TEXT NOT NULL DEFAULT '', -- code for the reader; the whole truth is in the log
  cancel      INTEGER NOT NULL DEFAULT 0 CHECK (cancel IN (0,1)),
  lease_by    TEXT NOT NULL DEFAULT '',
  lease_until INTEGER NOT NULL DEFAULT 0,
  attempts    INTEGER NOT NULL DEFAULT 0,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX tasks_open ON tasks (state, id);
CREATE INDEX tasks_user ON tasks (user_id, id);

CREATE TABLE job_runs (
  job         TEXT NOT NULL,
  period      TEXT NOT NULL, -- the day or hour it is for
  state       TEXT NOT NULL CHECK (state IN ('running','done','failed')),
  lease_by    TEXT NOT NULL DEFAULT '',
  lease_until INTEGER NOT NULL DEFAULT 0,
  attempts    INTEGER NOT NULL DEFAULT 0,
  started_at  INTEGER NOT NULL,
  ended_at    INTEGER NOT NULL DEFAULT 0,
  rows_count  INTEGER NOT NULL DEFAULT 0,
  error       TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (job, period)
) STRICT, WITHOUT ROWID;

CREATE TABLE imports (
  id            INTEGER NOT NULL PRIMARY KEY,
  kind          TEXT NOT NULL,           -- customers, visits, …
  user_id       INTEGER NOT NULL,
  branch_id     INTEGER NOT NULL REFERENCES branches(id),
  file_name     TEXT NOT NULL,
  file_hash     TEXT NOT NULL,           -- of the file in files
  state         TEXT NOT NULL CHECK (state IN ('uploaded','judging','judged','applying','applied','undoing','undone','cancelled','failed')),
  options       TEXT NOT NULL DEFAULT '', -- JSON: sheets, mapping, key, answers, owner
  found         TEXT NOT NULL DEFAULT '', -- JSON: sheets, header rows, questions
  create_count  INTEGER NOT NULL DEFAULT 0,
  update_count  INTEGER NOT NULL DEFAULT 0,
  skip_count    INTEGER NOT NULL DEFAULT 0,
  error_count   INTEGER NOT NULL DEFAULT 0,
  undo          TEXT NOT NULL DEFAULT '', -- JSON: reversed, kept, failed
  task_id       INTEGER NOT NULL DEFAULT 0,
  apply_audit   INTEGER NOT NULL DEFAULT 0, -- whose changes an undo takes back
  version       INTEGER NOT NULL DEFAULT 1,
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  applied_at    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX imports_branch ON imports (branch_id, id);

CREATE TABLE import_mappings (
  branch_id   INTEGER NOT NULL REFERENCES branches(id),
  kind        TEXT NOT NULL,
  heading_key TEXT NOT NULL, -- intake.HeadingKey of the headings
  mapping     TEXT NOT NULL, -- JSON
  updated_at  INTEGER NOT NULL,
  PRIMARY KEY (branch_id, kind, heading_key)
) STRICT, WITHOUT ROWID;

-- +goose Down
SELECT 1;

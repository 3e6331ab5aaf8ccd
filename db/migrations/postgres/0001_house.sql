-- +goose Up
-- Instants are unix milliseconds UTC, days 'YYYY-MM-DD' in the business zone,
-- money integer fen. Ids are made by the program (ids.go).

CREATE TABLE meta (
  key   TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- company, zone, policy_version, node, set_up_token, clean_stop, …
  value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE branches (
  id         BIGINT NOT NULL PRIMARY KEY,
  parent_id  BIGINT REFERENCES branches(id),
  level      TEXT COLLATE "C" NOT NULL CHECK (level IN ('head_office','region','branch')),
  name       TEXT COLLATE "C" NOT NULL,
  name_key   TEXT COLLATE "C" NOT NULL,            -- pinyin sort key
  code       TEXT COLLATE "C" NOT NULL UNIQUE,     -- prefix of its customer codes
  area_code  TEXT COLLATE "C" NOT NULL DEFAULT '', -- of landlines written without one, e.g. 0571
  active     BOOLEAN NOT NULL DEFAULT TRUE,
  next_code  BIGINT NOT NULL DEFAULT 1, -- next number of a customer code
  version    BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX branches_parent ON branches (parent_id);

CREATE TABLE branch_closure (
  ancestor_id   BIGINT NOT NULL REFERENCES branches(id),
  descendant_id BIGINT NOT NULL REFERENCES branches(id),
  depth         BIGINT NOT NULL, -- 0 = itself
  PRIMARY KEY (ancestor_id, descendant_id)
);
CREATE INDEX branch_closure_descendant ON branch_closure (descendant_id, depth);

CREATE TABLE users (
  id            BIGINT NOT NULL PRIMARY KEY,
  username      TEXT COLLATE "C" NOT NULL UNIQUE, -- lower case
  name          TEXT COLLATE "C" NOT NULL,
  name_key      TEXT COLLATE "C" NOT NULL,
  phone         TEXT COLLATE "C" NOT NULL DEFAULT '',
  branch_id     BIGINT NOT NULL REFERENCES branches(id), -- home branch
  password_hash TEXT COLLATE "C" NOT NULL,        -- argon2id
  must_change   BOOLEAN NOT NULL DEFAULT FALSE,
  disabled      BOOLEAN NOT NULL DEFAULT FALSE,
  lang          TEXT COLLATE "C" NOT NULL DEFAULT '',
  joined_on     TEXT COLLATE "C" NOT NULL DEFAULT '', -- day
  version       BIGINT NOT NULL DEFAULT 1,
  created_at    BIGINT NOT NULL,
  updated_at    BIGINT NOT NULL
);
CREATE INDEX users_branch ON users (branch_id, name_key, id);

CREATE TABLE grants (
  user_id    BIGINT NOT NULL REFERENCES users(id),
  role       TEXT COLLATE "C" NOT NULL,
  branch_id  BIGINT NOT NULL REFERENCES branches(id),
  granted_at BIGINT NOT NULL,
  granted_by BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, role, branch_id)
);
CREATE INDEX grants_branch ON grants (branch_id, role);

CREATE TABLE sessions (
  token      TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- hash, made by scs
  user_id    BIGINT NOT NULL DEFAULT 0,
  data       BYTEA NOT NULL,
  expires_at BIGINT NOT NULL,
  seen_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE signin_attempts (
  key        TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- 'name:…' (hashed) or 'addr:…'
  failures   BIGINT NOT NULL,
  last_at    BIGINT NOT NULL,
  until_at   BIGINT NOT NULL
);

CREATE TABLE user_settings (
  user_id BIGINT NOT NULL REFERENCES users(id),
  key     TEXT COLLATE "C" NOT NULL, -- customers.columns, customers.views, …
  value   TEXT COLLATE "C" NOT NULL, -- JSON
  PRIMARY KEY (user_id, key)
);

CREATE TABLE rules (
  id         BIGINT NOT NULL PRIMARY KEY,
  rule       TEXT COLLATE "C" NOT NULL,               -- cadence, …
  branch_id  BIGINT REFERENCES branches(id), -- NULL = the whole company
  valid_from TEXT COLLATE "C" NOT NULL,               -- day
  version    BIGINT NOT NULL,
  value      TEXT COLLATE "C" NOT NULL,               -- JSON
  author_id  BIGINT NOT NULL DEFAULT 0,
  reason     TEXT COLLATE "C" NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX rules_version ON rules (rule, (coalesce(branch_id, 0)), version);

CREATE TABLE audits (
  id         BIGINT NOT NULL PRIMARY KEY,
  at         BIGINT NOT NULL,
  user_id    BIGINT NOT NULL DEFAULT 0,
  user_name  TEXT COLLATE "C" NOT NULL,
  act        TEXT COLLATE "C" NOT NULL,              -- customers.create, session.start, …
  branch_id  BIGINT NOT NULL DEFAULT 0,
  subject_id BIGINT NOT NULL DEFAULT 0, -- the row that the act was about
  rows_count BIGINT NOT NULL DEFAULT 0, -- changed rows, or rows that left in an export
  detail     TEXT COLLATE "C" NOT NULL DEFAULT '',   -- JSON
  address    TEXT COLLATE "C" NOT NULL DEFAULT '',
  request_id TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX audits_user ON audits (user_id, id);
CREATE INDEX audits_act ON audits (act, id);

-- One item per changed row of an act, with the fields as they were and became.
CREATE TABLE changes (
  id          BIGINT NOT NULL PRIMARY KEY,
  audit_id    BIGINT NOT NULL REFERENCES audits(id) DEFERRABLE INITIALLY DEFERRED,
  kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('create','update','delete','restore')),
  entity      TEXT COLLATE "C" NOT NULL,             -- customers, contacts, visits, …
  row_id      BIGINT NOT NULL,
  branch_id   BIGINT NOT NULL DEFAULT 0,
  customer_id BIGINT NOT NULL DEFAULT 0,
  version     BIGINT NOT NULL,          -- of the row after the change
  fields      TEXT COLLATE "C" NOT NULL DEFAULT ''   -- JSON {"field":[before,after],…}; empty for a created row
);
CREATE INDEX changes_audit ON changes (audit_id);
CREATE INDEX changes_customer ON changes (customer_id, id);
CREATE INDEX changes_row ON changes (row_id, version);

CREATE TABLE submissions (
  key        TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- made by the form, per user
  entity     TEXT COLLATE "C" NOT NULL,
  row_id     BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX submissions_age ON submissions (created_at);

CREATE TABLE customers (
  id             BIGINT NOT NULL PRIMARY KEY,
  branch_id      BIGINT NOT NULL REFERENCES branches(id),
  code           TEXT COLLATE "C" NOT NULL UNIQUE,
  name           TEXT COLLATE "C" NOT NULL,
  short_name     TEXT COLLATE "C" NOT NULL DEFAULT '',
  name_key       TEXT COLLATE "C" NOT NULL,             -- pinyin sort key
  name_fold      TEXT COLLATE "C" NOT NULL,             -- dedupe.FoldName
  kind           TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (kind IN ('','ecommerce','enterprise','individual','distributor','partner')),
  usage          TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (usage IN ('','user','intermediary')),
  nature         TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (nature IN ('','private','state','foreign','joint_venture','self_employed','public_body','other')),
  size           TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (size IN ('','micro','small','medium','large')),
  power          TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (power IN ('','low','middle','high')),
  source         TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (source IN ('','taobao','pinduoduo','douyin','jd','enterprise','walk_in','internet','contacts','referral','visit','other')),
  industry       TEXT COLLATE "C" NOT NULL DEFAULT '',
  business_type  TEXT COLLATE "C" NOT NULL DEFAULT '',
  credit_code    TEXT COLLATE "C" NOT NULL DEFAULT '',  -- unified social credit code
  account_no     TEXT COLLATE "C" NOT NULL DEFAULT '',  -- monthly account number 月结账号
  wechat         TEXT COLLATE "C" NOT NULL DEFAULT '',
  email          TEXT COLLATE "C" NOT NULL DEFAULT '',
  place_code     TEXT COLLATE "C" NOT NULL DEFAULT '',  -- division code of the finest level known
  city_code      TEXT COLLATE "C" NOT NULL DEFAULT '',  -- division code of the city
  address        TEXT COLLATE "C" NOT NULL DEFAULT '',  -- detail below the district
  owner_id       BIGINT REFERENCES users(id), -- account manager or rep (R36)
  owner_since    TEXT COLLATE "C" NOT NULL DEFAULT '',  -- day
  clerk_id       BIGINT REFERENCES users(id), -- exclusive service clerk (R35)
  stage          TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (stage IN ('','prospect','new','growing','mature','declining','lost','won_back')),
  class          TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (class IN ('','A','B','C')),
  class_reason   TEXT COLLATE "C" NOT NULL DEFAULT '',
  class_since    TEXT COLLATE "C" NOT NULL DEFAULT '',  -- day
  terms          TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (terms IN ('','per_parcel','monthly')),
  terms_days     BIGINT NOT NULL DEFAULT 0, -- days of credit
  credit_limit   BIGINT NOT NULL DEFAULT 0, -- fen
  contract_no    TEXT COLLATE "C" NOT NULL DEFAULT '',
  contract_from  TEXT COLLATE "C" NOT NULL DEFAULT '',
  contract_to    TEXT COLLATE "C" NOT NULL DEFAULT '',
  channel        TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (channel IN ('','online_order','phone','on_site','email','online_form','visit','wechat','import')),
  screen_place   BIGINT NOT NULL DEFAULT 0 CHECK (screen_place BETWEEN 0 AND 5),   -- prospect screening, 1–5, 0 = not judged (R39)
  screen_profit  BIGINT NOT NULL DEFAULT 0 CHECK (screen_profit BETWEEN 0 AND 5),
  screen_staff   BIGINT NOT NULL DEFAULT 0 CHECK (screen_staff BETWEEN 0 AND 5),
  screen_culture BIGINT NOT NULL DEFAULT 0 CHECK (screen_culture BETWEEN 0 AND 5),
  state          TEXT COLLATE "C" NOT NULL DEFAULT 'draft' CHECK (state IN ('draft','reviewed','archived')),
  monthly_pieces BIGINT NOT NULL DEFAULT 0, -- as stated in a register, until parcels tell
  filed_on       TEXT COLLATE "C" NOT NULL DEFAULT '',  -- day the file was opened on paper
  remark         TEXT COLLATE "C" NOT NULL DEFAULT '',
  last_visit_on  TEXT COLLATE "C" NOT NULL DEFAULT '',  -- day of the last visit made
  next_visit_on  TEXT COLLATE "C" NOT NULL DEFAULT '',  -- day of the next planned visit
  import_id      BIGINT NOT NULL DEFAULT 0,
  version        BIGINT NOT NULL DEFAULT 1,
  created_at     BIGINT NOT NULL,
  created_by     BIGINT NOT NULL DEFAULT 0,
  updated_at     BIGINT NOT NULL,
  deleted_at     BIGINT NOT NULL DEFAULT 0 -- 0 = not in the recycle bin
);
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
  id             BIGINT NOT NULL PRIMARY KEY,
  customer_id    BIGINT NOT NULL REFERENCES customers(id),
  branch_id      BIGINT NOT NULL REFERENCES branches(id),
  name           TEXT COLLATE "C" NOT NULL,
  position       TEXT COLLATE "C" NOT NULL DEFAULT '',
  wechat         TEXT COLLATE "C" NOT NULL DEFAULT '',
  email          TEXT COLLATE "C" NOT NULL DEFAULT '',
  birthday_lunar BOOLEAN NOT NULL DEFAULT FALSE,
  birthday_year  BIGINT NOT NULL DEFAULT 0, -- 0 = not known
  birthday_month BIGINT NOT NULL DEFAULT 0, -- 0 = no birthday known
  birthday_day   BIGINT NOT NULL DEFAULT 0,
  birthday_leap  BOOLEAN NOT NULL DEFAULT FALSE, -- leap month of the lunar calendar
  is_primary     BOOLEAN NOT NULL DEFAULT FALSE,
  remark         TEXT COLLATE "C" NOT NULL DEFAULT '',
  version        BIGINT NOT NULL DEFAULT 1,
  created_at     BIGINT NOT NULL,
  updated_at     BIGINT NOT NULL,
  deleted_at     BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX contacts_customer ON contacts (customer_id, id);

-- Numbers of a customer, or of one of its contacts.
CREATE TABLE phones (
  id          BIGINT NOT NULL PRIMARY KEY,
  customer_id BIGINT NOT NULL REFERENCES customers(id),
  branch_id   BIGINT NOT NULL REFERENCES branches(id),
  contact_id  BIGINT REFERENCES contacts(id),
  number      TEXT COLLATE "C" NOT NULL, -- canonical: 13800001054, 0571-86000123-801
  position    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX phones_customer ON phones (customer_id, position);
CREATE INDEX phones_number ON phones (number, customer_id);

CREATE TABLE tags (
  id         BIGINT NOT NULL PRIMARY KEY,
  name       TEXT COLLATE "C" NOT NULL UNIQUE,
  kind       TEXT COLLATE "C" NOT NULL CHECK (kind IN ('source','value','behaviour','risk','own')),
  hint       TEXT COLLATE "C" NOT NULL DEFAULT '', -- what to mind at the door (R67, R258)
  created_at BIGINT NOT NULL
);

CREATE TABLE customer_tags (
  customer_id BIGINT NOT NULL REFERENCES customers(id),
  tag_id      BIGINT NOT NULL REFERENCES tags(id),
  branch_id   BIGINT NOT NULL REFERENCES branches(id),
  PRIMARY KEY (customer_id, tag_id)
);
CREATE INDEX customer_tags_tag ON customer_tags (tag_id, branch_id, customer_id);

-- Grams of everything a customer is found by; see search.go.
CREATE TABLE customer_search (
  customer_id BIGINT NOT NULL PRIMARY KEY,
  grams       TEXT[] COLLATE "C" NOT NULL
);
CREATE INDEX customer_search_grams ON customer_search USING gin (grams);

CREATE TABLE visits (
  id             BIGINT NOT NULL PRIMARY KEY,
  customer_id    BIGINT NOT NULL REFERENCES customers(id),
  branch_id      BIGINT NOT NULL REFERENCES branches(id),
  user_id        BIGINT REFERENCES users(id), -- who visits
  contact_id     BIGINT REFERENCES contacts(id),
  state          TEXT COLLATE "C" NOT NULL CHECK (state IN ('planned','done','cancelled')),
  day            TEXT COLLATE "C" NOT NULL,              -- made on, or planned for
  minute         BIGINT NOT NULL DEFAULT -1, -- minute of the day, -1 = not said
  mode           TEXT COLLATE "C" NOT NULL CHECK (mode IN ('on_site','phone','wechat','at_branch')),
  purpose        TEXT COLLATE "C" NOT NULL DEFAULT '',
  learned        TEXT COLLATE "C" NOT NULL DEFAULT '',
  mood           TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (mood IN ('','good','plain','poor')),
  met            TEXT COLLATE "C" NOT NULL DEFAULT '',   -- who was met when it is no contact on file
  next_step      TEXT COLLATE "C" NOT NULL DEFAULT '',
  next_on        TEXT COLLATE "C" NOT NULL DEFAULT '',   -- day
  import_id      BIGINT NOT NULL DEFAULT 0,
  version        BIGINT NOT NULL DEFAULT 1,
  created_at     BIGINT NOT NULL,
  created_by     BIGINT NOT NULL DEFAULT 0,
  updated_at     BIGINT NOT NULL,
  deleted_at     BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX visits_customer ON visits (customer_id, day, id) WHERE deleted_at = 0;
CREATE INDEX visits_user     ON visits (user_id, day, id) WHERE deleted_at = 0;
CREATE INDEX visits_branch   ON visits (branch_id, day, id) WHERE deleted_at = 0;
CREATE INDEX visits_day      ON visits (day, id) WHERE deleted_at = 0;
CREATE INDEX visits_import   ON visits (import_id) WHERE import_id <> 0;

CREATE TABLE visit_photos (
  visit_id BIGINT NOT NULL REFERENCES visits(id),
  hash     TEXT COLLATE "C" NOT NULL, -- of the picture in files
  thumb    TEXT COLLATE "C" NOT NULL, -- of its small version
  position BIGINT NOT NULL,
  PRIMARY KEY (visit_id, hash)
);

-- What a user started and may leave: imports, exports, reclassification.
CREATE TABLE tasks (
  id          BIGINT NOT NULL PRIMARY KEY,
  kind        TEXT COLLATE "C" NOT NULL,
  user_id     BIGINT NOT NULL,
  branch_id   BIGINT NOT NULL,
  state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued','running','done','failed','cancelled')),
  payload     TEXT COLLATE "C" NOT NULL,            -- JSON
  done_count  BIGINT NOT NULL DEFAULT 0,
  total_count BIGINT NOT NULL DEFAULT 0,
  result      TEXT COLLATE "C" NOT NULL DEFAULT '', -- JSON
  error       TEXT COLLATE "C" NOT NULL DEFAULT '', -- code for the reader; the whole truth is in the log
  cancel      BOOLEAN NOT NULL DEFAULT FALSE,
  lease_by    TEXT COLLATE "C" NOT NULL DEFAULT '',
  lease_until BIGINT NOT NULL DEFAULT 0,
  attempts    BIGINT NOT NULL DEFAULT 0,
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL
);
CREATE INDEX tasks_open ON tasks (state, id);
CREATE INDEX tasks_user ON tasks (user_id, id);

CREATE TABLE job_runs (
  job         TEXT COLLATE "C" NOT NULL,
  period      TEXT COLLATE "C" NOT NULL, -- the day or hour it is for
  state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('running','done','failed')),
  lease_by    TEXT COLLATE "C" NOT NULL DEFAULT '',
  lease_until BIGINT NOT NULL DEFAULT 0,
  attempts    BIGINT NOT NULL DEFAULT 0,
  started_at  BIGINT NOT NULL,
  ended_at    BIGINT NOT NULL DEFAULT 0,
  rows_count  BIGINT NOT NULL DEFAULT 0,
  error       TEXT COLLATE "C" NOT NULL DEFAULT '',
  PRIMARY KEY (job, period)
);

CREATE TABLE imports (
  id            BIGINT NOT NULL PRIMARY KEY,
  kind          TEXT COLLATE "C" NOT NULL,           -- customers, visits, …
  user_id       BIGINT NOT NULL,
  branch_id     BIGINT NOT NULL REFERENCES branches(id),
  file_name     TEXT COLLATE "C" NOT NULL,
  file_hash     TEXT COLLATE "C" NOT NULL,           -- of the file in files
  state         TEXT COLLATE "C" NOT NULL CHECK (state IN ('uploaded','judging','judged','applying','applied','undoing','undone','cancelled','failed')),
  options       TEXT COLLATE "C" NOT NULL DEFAULT '', -- JSON: sheets, mapping, key, answers, owner
  found         TEXT COLLATE "C" NOT NULL DEFAULT '', -- JSON: sheets, header rows, questions
  create_count  BIGINT NOT NULL DEFAULT 0,
  update_count  BIGINT NOT NULL DEFAULT 0,
  skip_count    BIGINT NOT NULL DEFAULT 0,
  error_count   BIGINT NOT NULL DEFAULT 0,
  undo          TEXT COLLATE "C" NOT NULL DEFAULT '', -- JSON: reversed, kept, failed
  task_id       BIGINT NOT NULL DEFAULT 0,
  apply_audit   BIGINT NOT NULL DEFAULT 0, -- whose changes an undo takes back
  version       BIGINT NOT NULL DEFAULT 1,
  created_at    BIGINT NOT NULL,
  updated_at    BIGINT NOT NULL,
  applied_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX imports_branch ON imports (branch_id, id);

CREATE TABLE import_mappings (
  branch_id   BIGINT NOT NULL REFERENCES branches(id),
  kind        TEXT COLLATE "C" NOT NULL,
  heading_key TEXT COLLATE "C" NOT NULL, -- intake.HeadingKey of the headings
  mapping     TEXT COLLATE "C" NOT NULL, -- JSON
  updated_at  BIGINT NOT NULL,
  PRIMARY KEY (branch_id, kind, heading_key)
);

-- +goose Down
SELECT 1;

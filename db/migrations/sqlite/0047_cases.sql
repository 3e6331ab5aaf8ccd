-- +goose Up
-- Causes in two levels. Shipped ones have a code by which they are known in
-- every installation; their ids are the same everywhere, too.
CREATE TABLE case_causes (
  id         INTEGER NOT NULL PRIMARY KEY,
  parent_id  INTEGER REFERENCES case_causes(id), -- NULL = of the first level
  code       TEXT NOT NULL DEFAULT '',
  name       TEXT NOT NULL,
  position   INTEGER NOT NULL,
  retired_at INTEGER NOT NULL DEFAULT 0, -- not offered any more since
  version    INTEGER NOT NULL DEFAULT 1,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX case_causes_code ON case_causes (code) WHERE code <> '';
CREATE INDEX        case_causes_parent ON case_causes (parent_id, position, id);
INSERT INTO case_causes (id, parent_id, code, name, position, updated_at) VALUES
  (1, NULL, 'late', '派送慢', 1, 0),
  (2, NULL, 'damaged', '破损', 2, 0),
  (3, NULL, 'lost', '遗失', 3, 0),
  (4, NULL, 'false_signed', '虚假签收', 4, 0),
  (5, NULL, 'attitude', '态度差', 5, 0),
  (6, NULL, 'wrong', '错派', 6, 0),
  (7, NULL, 'charges', '费用', 7, 0),
  (8, NULL, 'other', '其他', 8, 0),
  (11, 1, 'late.stuck', '在途没动静', 1, 0),
  (12, 1, 'late.transit', '中转慢', 2, 0),
  (13, 1, 'late.delivery', '到了没派', 3, 0),
  (14, 1, 'late.pickup', '揽收慢', 4, 0),
  (21, 2, 'damaged.crushed', '压坏摔坏', 1, 0),
  (22, 2, 'damaged.wet', '受潮渗漏', 2, 0),
  (23, 2, 'damaged.packing', '外包装破', 3, 0),
  (31, 3, 'lost.whole', '整件丢失', 1, 0),
  (32, 3, 'lost.part', '内件短少', 2, 0),
  (33, 3, 'lost.untraced', '没有轨迹', 3, 0),
  (41, 4, 'false_signed.not_received', '没收到却显示签收', 1, 0),
  (42, 4, 'false_signed.left', '没打招呼放代收点', 2, 0),
  (43, 4, 'false_signed.stranger', '被别人签收', 3, 0),
  (51, 5, 'attitude.courier', '快递员', 1, 0),
  (52, 5, 'attitude.clerk', '客服', 2, 0),
  (53, 5, 'attitude.unanswered', '电话没人接', 3, 0),
  (61, 6, 'wrong.address', '派错地址', 1, 0),
  (62, 6, 'wrong.branch', '发错网点', 2, 0),
  (63, 6, 'wrong.label', '贴错面单', 3, 0),
  (71, 7, 'charges.over', '多收费', 1, 0),
  (72, 7, 'charges.weight', '重量不对', 2, 0),
  (73, 7, 'charges.cod', '代收货款', 3, 0),
  (74, 7, 'charges.statement', '对账单不对', 4, 0),
  (81, 8, 'other.where', '查件', 1, 0),
  (82, 8, 'other.price', '问价格时效', 2, 0),
  (83, 8, 'other.change', '改址退回', 3, 0),
  (84, 8, 'other.privacy', '个人信息', 4, 0),
  (85, 8, 'other.advice', '建议', 5, 0);

-- Complaints, questions and suggestions (R147–R174), from the call to the day
-- on which the client knows what became of them. Times are unix milliseconds,
-- 0 = not yet. due is the next of the promised times that has to be kept, and
-- very far off while none is: nothing was promised, the clock is stopped, or
-- the case is closed.
CREATE TABLE cases (
  id                 INTEGER NOT NULL PRIMARY KEY,
  code               TEXT NOT NULL,              -- for people: 20261120-014
  kind               TEXT NOT NULL CHECK (kind IN ('complaint','consultation','suggestion')),
  branch_id          INTEGER NOT NULL REFERENCES branches(id),
  customer_id        INTEGER REFERENCES customers(id), -- NULL = an unknown caller
  contact_id         INTEGER REFERENCES contacts(id),
  caller             TEXT NOT NULL DEFAULT '',   -- who called
  caller_phone       TEXT NOT NULL DEFAULT '',   -- to call back, canonical as phones are
  channel            TEXT NOT NULL CHECK (channel IN ('phone','chat','email','letter','wechat','app','counter','on_site','head_office','postal','program')),
  ticket             TEXT NOT NULL DEFAULT '',   -- number of the head-office ticket or the postal appeal
  cause_id           INTEGER REFERENCES case_causes(id), -- NULL = not said yet
  severity           TEXT NOT NULL CHECK (severity IN ('minor','serious','grave')),
  class              TEXT NOT NULL DEFAULT '',   -- the client's when it was opened
  said               TEXT NOT NULL DEFAULT '',   -- what the client says
  wants              TEXT NOT NULL DEFAULT '',   -- what the client wants: a word of policy/casework, or their own
  user_id            INTEGER REFERENCES users(id), -- who handles it, NULL = nobody yet
  step               TEXT NOT NULL DEFAULT 'accept' CHECK (step IN ('accept','analyse','handle','tell','follow_up','review','closed')),
  opened_at          INTEGER NOT NULL,
  answer_due         INTEGER NOT NULL DEFAULT 0,
  solve_due          INTEGER NOT NULL DEFAULT 0,
  due                INTEGER NOT NULL DEFAULT 9000000000000000,
  answered_at        INTEGER NOT NULL DEFAULT 0, -- the client was answered first
  solved_at          INTEGER NOT NULL DEFAULT 0, -- the client was told of the result
  closed_at          INTEGER NOT NULL DEFAULT 0,
  paused_at          INTEGER NOT NULL DEFAULT 0, -- 0 = the clock runs
  pause_reason       TEXT NOT NULL DEFAULT '',
  paused_ms          INTEGER NOT NULL DEFAULT 0, -- working time that was waited
  rule_branch        INTEGER NOT NULL DEFAULT 0, -- whose clocks, 0 = the company's
  rule_version       INTEGER NOT NULL DEFAULT 0, -- which, 0 = none
  told_how           TEXT NOT NULL DEFAULT '',
  told_by            INTEGER REFERENCES users(id),
  satisfied          TEXT NOT NULL DEFAULT '' CHECK (satisfied IN ('','yes','no','accepted')),
  result             TEXT NOT NULL DEFAULT '',   -- what was found and done
  unsatisfied_reason TEXT NOT NULL DEFAULT '',
  accepted_by        INTEGER REFERENCES users(id), -- the leader who accepted that
  escalated_at       INTEGER NOT NULL DEFAULT 0, -- by the client
  escalated_reason   TEXT NOT NULL DEFAULT '',
  parent_id          INTEGER REFERENCES cases(id),
  merged_id          INTEGER REFERENCES cases(id), -- the case that it went into
  import_id          INTEGER NOT NULL DEFAULT 0,
  version            INTEGER NOT NULL DEFAULT 1,
  created_at         INTEGER NOT NULL,
  created_by         INTEGER NOT NULL DEFAULT 0,
  updated_at         INTEGER NOT NULL,
  deleted_at         INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX cases_code          ON cases (code);
CREATE INDEX        cases_due           ON cases (due, id, branch_id, customer_id, user_id, kind) WHERE step <> 'closed' AND deleted_at = 0;
CREATE INDEX        cases_due_branch    ON cases (branch_id, due, id) WHERE step <> 'closed' AND deleted_at = 0;
CREATE INDEX        cases_due_user      ON cases (user_id, due, id) WHERE step <> 'closed' AND deleted_at = 0;
CREATE INDEX        cases_opened        ON cases (opened_at, id) WHERE deleted_at = 0;
CREATE INDEX        cases_opened_branch ON cases (branch_id, opened_at, id) WHERE deleted_at = 0;
CREATE INDEX        cases_opened_user   ON cases (user_id, opened_at, id) WHERE deleted_at = 0;
CREATE INDEX        cases_closed        ON cases (closed_at, id) WHERE step = 'closed' AND deleted_at = 0;
CREATE INDEX        cases_closed_branch ON cases (branch_id, closed_at, id) WHERE step = 'closed' AND deleted_at = 0;
CREATE INDEX        cases_customer      ON cases (customer_id, opened_at, id) WHERE customer_id IS NOT NULL;
CREATE INDEX        cases_cause         ON cases (cause_id, opened_at, id) WHERE deleted_at = 0;
CREATE INDEX        cases_author        ON cases (created_by, opened_at, id) WHERE deleted_at = 0;
CREATE INDEX        cases_phone         ON cases (caller_phone, opened_at) WHERE caller_phone <> '';
CREATE INDEX        cases_ticket        ON cases (ticket) WHERE ticket <> '';
CREATE INDEX        cases_parent        ON cases (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX        cases_merged        ON cases (merged_id) WHERE merged_id IS NOT NULL;
CREATE INDEX        cases_import        ON cases (import_id) WHERE import_id <> 0;
CREATE INDEX        cases_bin           ON cases (branch_id, deleted_at) WHERE deleted_at <> 0;

-- The number that the next case of a day is given.
CREATE TABLE case_days (
  day  TEXT NOT NULL PRIMARY KEY,
  next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE case_waybills (
  case_id    INTEGER NOT NULL REFERENCES cases(id),
  number     TEXT NOT NULL,
  waybill_id INTEGER NOT NULL DEFAULT 0, -- 0 = unknown here
  position   INTEGER NOT NULL,
  PRIMARY KEY (case_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_waybills_number  ON case_waybills (number);
CREATE INDEX case_waybills_waybill ON case_waybills (waybill_id) WHERE waybill_id <> 0;

CREATE TABLE case_photos (
  case_id  INTEGER NOT NULL REFERENCES cases(id),
  hash     TEXT NOT NULL, -- of the picture in files
  thumb    TEXT NOT NULL, -- of its small version
  position INTEGER NOT NULL,
  PRIMARY KEY (case_id, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_photos_hash ON case_photos (hash);

-- What happened to a case, each act a line; it is only ever added to.
CREATE TABLE case_events (
  id      INTEGER NOT NULL PRIMARY KEY,
  case_id INTEGER NOT NULL REFERENCES cases(id),
  kind    TEXT NOT NULL,
  step    TEXT NOT NULL,                 -- at which the case stood then
  user_id INTEGER NOT NULL DEFAULT 0,    -- 0 = the program
  at      INTEGER NOT NULL,
  note    TEXT NOT NULL DEFAULT '',
  args    TEXT NOT NULL DEFAULT '{}'     -- JSON, fills the kind's words; nothing of a person
) STRICT;
CREATE INDEX case_events_case ON case_events (case_id, id);
CREATE INDEX case_events_user ON case_events (user_id, at);

-- Who has a case open, so that two see each other.
CREATE TABLE case_looks (
  case_id INTEGER NOT NULL REFERENCES cases(id),
  user_id INTEGER NOT NULL REFERENCES users(id),
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (case_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_looks_age ON case_looks (seen_at);

-- +goose Down
SELECT 1;

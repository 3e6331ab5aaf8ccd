-- +goose Up
-- What goes from one office to others inside the company: notices, and requests
-- for what branches know of their clients (inquiries). Times are unix
-- milliseconds, 0 = not; days YYYY-MM-DD, '' = none.
CREATE TABLE notices (
  id         INTEGER NOT NULL PRIMARY KEY,
  kind       TEXT NOT NULL CHECK (kind IN ('notice','inquiry')),
  branch_id  INTEGER NOT NULL REFERENCES branches(id), -- whose it is: the author's
  author_id  INTEGER NOT NULL REFERENCES users(id),
  title      TEXT NOT NULL,
  body       TEXT NOT NULL,
  target     TEXT NOT NULL DEFAULT '{}',               -- JSON: branches, roles and person that were named
  must       INTEGER NOT NULL DEFAULT 0 CHECK (must IN (0,1)), -- each has to say that they read it
  until_day  TEXT NOT NULL DEFAULT '',                 -- a notice is shown until then
  due        TEXT NOT NULL DEFAULT '',                 -- an inquiry is answered by then
  sent_at    INTEGER NOT NULL,
  closed_at  INTEGER NOT NULL DEFAULT 0,               -- taken back, or enough was answered
  version    INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX notices_branch ON notices (branch_id, id);
CREATE INDEX notices_sent   ON notices (id) WHERE closed_at = 0;

CREATE TABLE notice_people (
  notice_id INTEGER NOT NULL REFERENCES notices(id),
  user_id   INTEGER NOT NULL REFERENCES users(id),
  branch_id INTEGER NOT NULL, -- where they worked then
  read_at   INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (notice_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_people_user ON notice_people (user_id, notice_id);

-- The branches that an inquiry asks, and their answers.
CREATE TABLE notice_branches (
  notice_id   INTEGER NOT NULL REFERENCES notices(id),
  branch_id   INTEGER NOT NULL REFERENCES branches(id),
  answered_at INTEGER NOT NULL DEFAULT 0,
  answered_by INTEGER NOT NULL DEFAULT 0,
  answer      TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (notice_id, branch_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_branches_open ON notice_branches (branch_id, notice_id) WHERE answered_at = 0;

-- The clients whom an answer names.
CREATE TABLE notice_clients (
  notice_id   INTEGER NOT NULL REFERENCES notices(id),
  branch_id   INTEGER NOT NULL,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  PRIMARY KEY (notice_id, branch_id, customer_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_clients_customer ON notice_clients (customer_id);

-- +goose Down
SELECT 1;

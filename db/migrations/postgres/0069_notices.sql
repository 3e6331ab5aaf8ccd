-- +goose Up
-- What goes from one office to others inside the company: notices, and requests
-- for what branches know of their clients (inquiries). Times are unix
-- milliseconds, 0 = not; days YYYY-MM-DD, '' = none.
CREATE TABLE notices (
  id         BIGINT NOT NULL PRIMARY KEY,
  kind       TEXT COLLATE "C" NOT NULL CHECK (kind IN ('notice','inquiry')),
  branch_id  BIGINT NOT NULL REFERENCES branches(id), -- whose it is: the author's
  author_id  BIGINT NOT NULL REFERENCES users(id),
  title      TEXT COLLATE "C" NOT NULL,
  body       TEXT COLLATE "C" NOT NULL,
  target     TEXT COLLATE "C" NOT NULL DEFAULT '{}',               -- JSON: branches, roles and person that were named
  must       BOOLEAN NOT NULL DEFAULT FALSE, -- each has to say that they read it
  until_day  TEXT COLLATE "C" NOT NULL DEFAULT '',                 -- a notice is shown until then
  due        TEXT COLLATE "C" NOT NULL DEFAULT '',                 -- an inquiry is answered by then
  sent_at    BIGINT NOT NULL,
  closed_at  BIGINT NOT NULL DEFAULT 0,               -- taken back, or enough was answered
  version    BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX notices_branch ON notices (branch_id, id);
CREATE INDEX notices_sent   ON notices (id) WHERE closed_at = 0;

CREATE TABLE notice_people (
  notice_id BIGINT NOT NULL REFERENCES notices(id),
  user_id   BIGINT NOT NULL REFERENCES users(id),
  branch_id BIGINT NOT NULL, -- where they worked then
  read_at   BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (notice_id, user_id)
);
CREATE INDEX notice_people_user ON notice_people (user_id, notice_id);

-- The branches that an inquiry asks, and their answers.
CREATE TABLE notice_branches (
  notice_id   BIGINT NOT NULL REFERENCES notices(id),
  branch_id   BIGINT NOT NULL REFERENCES branches(id),
  answered_at BIGINT NOT NULL DEFAULT 0,
  answered_by BIGINT NOT NULL DEFAULT 0,
  answer      TEXT COLLATE "C" NOT NULL DEFAULT '',
  PRIMARY KEY (notice_id, branch_id)
);
CREATE INDEX notice_branches_open ON notice_branches (branch_id, notice_id) WHERE answered_at = 0;

-- The clients whom an answer names.
CREATE TABLE notice_clients (
  notice_id   BIGINT NOT NULL REFERENCES notices(id),
  branch_id   BIGINT NOT NULL,
  customer_id BIGINT NOT NULL REFERENCES customers(id),
  PRIMARY KEY (notice_id, branch_id, customer_id)
);
CREATE INDEX notice_clients_customer ON notice_clients (customer_id);

-- +goose Down
SELECT 1;

-- +goose Up
-- Answers to what clients write, of head office and the branches. One that
-- stands for an answer of the program (shipped) takes its place, or puts it
-- aside when it is off.
CREATE TABLE reply_templates (
  id         BIGINT NOT NULL PRIMARY KEY,
  branch_id  BIGINT NOT NULL REFERENCES branches(id), -- head office's hold for the company
  shipped    TEXT COLLATE "C" NOT NULL DEFAULT '', -- key of an answer of the program
  title      TEXT COLLATE "C" NOT NULL,
  keywords   TEXT COLLATE "C" NOT NULL, -- separated by blanks; -word rules it out
  kind       TEXT COLLATE "C" NOT NULL DEFAULT '', -- of the case; '' = any
  cause      TEXT COLLATE "C" NOT NULL DEFAULT '', -- code, or id of a cause of the company's own; '' = any
  channel    TEXT COLLATE "C" NOT NULL DEFAULT '', -- by which it is answered; '' = any
  subject    TEXT COLLATE "C" NOT NULL DEFAULT '', -- of an e-mail
  body       TEXT COLLATE "C" NOT NULL,
  state      TEXT COLLATE "C" NOT NULL CHECK (state IN ('on','off')),
  version    BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL, -- unix milliseconds, UTC, as the next
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX reply_templates_shipped ON reply_templates (branch_id, shipped) WHERE shipped <> '';
CREATE INDEX        reply_templates_branch  ON reply_templates (branch_id, id);

-- Every version of an answer, so that what went out can say what it was.
CREATE TABLE reply_template_versions (
  template_id BIGINT NOT NULL REFERENCES reply_templates(id),
  version     BIGINT NOT NULL,
  title       TEXT COLLATE "C" NOT NULL,
  keywords    TEXT COLLATE "C" NOT NULL,
  kind        TEXT COLLATE "C" NOT NULL,
  cause       TEXT COLLATE "C" NOT NULL,
  channel     TEXT COLLATE "C" NOT NULL,
  subject     TEXT COLLATE "C" NOT NULL,
  body        TEXT COLLATE "C" NOT NULL,
  state       TEXT COLLATE "C" NOT NULL,
  author_id   BIGINT NOT NULL, -- of users; 0 = the program
  created_at  BIGINT NOT NULL,
  PRIMARY KEY (template_id, version)
);

-- +goose Down
SELECT 1;

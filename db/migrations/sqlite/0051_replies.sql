-- +goose Up
-- Answers to what clients write, of head office and the branches. One that
-- stands for an answer of the program (shipped) takes its place, or puts it
-- aside when it is off.
CREATE TABLE reply_templates (
  id         INTEGER NOT NULL PRIMARY KEY,
  branch_id  INTEGER NOT NULL REFERENCES branches(id), -- head office's hold for the company
  shipped    TEXT NOT NULL DEFAULT '', -- key of an answer of the program
  title      TEXT NOT NULL,
  keywords   TEXT NOT NULL, -- separated by blanks; -word rules it out
  kind       TEXT NOT NULL DEFAULT '', -- of the case; '' = any
  cause      TEXT NOT NULL DEFAULT '', -- code, or id of a cause of the company's own; '' = any
  channel    TEXT NOT NULL DEFAULT '', -- by which it is answered; '' = any
  subject    TEXT NOT NULL DEFAULT '', -- of an e-mail
  body       TEXT NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('on','off')),
  version    INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL, -- unix milliseconds, UTC, as the next
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX reply_templates_shipped ON reply_templates (branch_id, shipped) WHERE shipped <> '';
CREATE INDEX        reply_templates_branch  ON reply_templates (branch_id, id);

-- Every version of an answer, so that what went out can say what it was.
CREATE TABLE reply_template_versions (
  template_id INTEGER NOT NULL REFERENCES reply_templates(id),
  version     INTEGER NOT NULL,
  title       TEXT NOT NULL,
  keywords    TEXT NOT NULL,
  kind        TEXT NOT NULL,
  cause       TEXT NOT NULL,
  channel     TEXT NOT NULL,
  subject     TEXT NOT NULL,
  body        TEXT NOT NULL,
  state       TEXT NOT NULL,
  author_id   INTEGER NOT NULL, -- of users; 0 = the program
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (template_id, version)
) STRICT, WITHOUT ROWID;

-- +goose Down
SELECT 1;

-- +goose Up
-- What the company changed about its roles. A role that ships with the program
-- has a row here only when it was renamed, edited or put aside; while it is not
-- edited, the grants of policy/grants.csv hold, also those of a newer program.

CREATE TABLE roles (
  id         INTEGER NOT NULL PRIMARY KEY,
  role       TEXT NOT NULL UNIQUE,      -- the word that grants.role holds
  title      TEXT NOT NULL DEFAULT '',  -- as people call it; empty = the word that ships with the program
  built_in   INTEGER NOT NULL CHECK (built_in IN (0,1)),
  based_on   TEXT NOT NULL DEFAULT '',  -- an own role: the role it was copied from
  edited     INTEGER NOT NULL DEFAULT 0 CHECK (edited IN (0,1)), -- 1 = role_grants holds instead of the default
  disabled   INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0,1)), -- nobody holds it and nobody is given it
  version    INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE role_grants (
  role       TEXT NOT NULL,
  permission TEXT NOT NULL,             -- customers.read, …
  reach      TEXT NOT NULL CHECK (reach IN ('own','branch','subtree','company')),
  PRIMARY KEY (role, permission)
) STRICT, WITHOUT ROWID;

-- What holds for everybody of a role: session limits, second factor, caps.
CREATE TABLE role_settings (
  role  TEXT NOT NULL,
  key   TEXT NOT NULL,                  -- session.idle, mask.reveals, …
  value TEXT NOT NULL,
  PRIMARY KEY (role, key)
) STRICT, WITHOUT ROWID;

-- +goose Down
SELECT 1;

-- +goose Up
-- What the company changed about its roles. A role that ships with the program
-- has a row here only when it was renamed, edited or put aside; while it is not
-- edited, the grants of policy/grants.csv hold, also those of a newer program.

CREATE TABLE roles (
  id         BIGINT NOT NULL PRIMARY KEY,
  role       TEXT COLLATE "C" NOT NULL UNIQUE,      -- the word that grants.role holds
  title      TEXT COLLATE "C" NOT NULL DEFAULT '',  -- as people call it; empty = the word that ships with the program
  built_in   BOOLEAN NOT NULL,
  based_on   TEXT COLLATE "C" NOT NULL DEFAULT '',  -- an own role: the role it was copied from
  edited     BOOLEAN NOT NULL DEFAULT false, -- 1 = role_grants holds instead of the default
  disabled   BOOLEAN NOT NULL DEFAULT false, -- nobody holds it and nobody is given it
  version    BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE role_grants (
  role       TEXT COLLATE "C" NOT NULL,
  permission TEXT COLLATE "C" NOT NULL,             -- customers.read, …
  reach      TEXT COLLATE "C" NOT NULL CHECK (reach IN ('own','branch','subtree','company')),
  PRIMARY KEY (role, permission)
);

-- What holds for everybody of a role: session limits, second factor, caps.
CREATE TABLE role_settings (
  role  TEXT COLLATE "C" NOT NULL,
  key   TEXT COLLATE "C" NOT NULL,                  -- session.idle, mask.reveals, …
  value TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (role, key)
);

-- +goose Down
SELECT 1;

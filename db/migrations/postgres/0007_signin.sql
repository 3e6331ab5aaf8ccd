-- +goose Up
-- What a session says of itself on the page of one's own sessions. Sessions
-- from before know none of it: everybody signs in once more.
DELETE FROM sessions;
ALTER TABLE sessions ADD COLUMN id BIGINT NOT NULL DEFAULT 0;           -- by which its owner names it
ALTER TABLE sessions ADD COLUMN signed_in_at BIGINT NOT NULL DEFAULT 0; -- 0 = not signed in (yet)
ALTER TABLE sessions ADD COLUMN address TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN agent TEXT COLLATE "C" NOT NULL DEFAULT '';

-- The second step of signing in, at most one secret a person.
CREATE TABLE totps (
  user_id      BIGINT NOT NULL PRIMARY KEY REFERENCES users(id),
  secret       TEXT COLLATE "C" NOT NULL,              -- sealed
  confirmed_at BIGINT NOT NULL DEFAULT 0, -- 0 = shown, but no code of it typed yet
  last_step    BIGINT NOT NULL DEFAULT 0, -- of the last accepted code: each is good once
  salt         TEXT COLLATE "C" NOT NULL DEFAULT '',   -- of the recovery codes
  created_at   BIGINT NOT NULL
);

CREATE TABLE recovery_codes (
  user_id BIGINT NOT NULL REFERENCES users(id),
  hash    TEXT COLLATE "C" NOT NULL,              -- argon2id with the salt above
  used_at BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, hash)
);

-- Browsers in which somebody has signed in before: a stranger's guesses do not
-- hold them up.
CREATE TABLE known_devices (
  device   TEXT COLLATE "C" NOT NULL,    -- hash of the cookie
  name_key TEXT COLLATE "C" NOT NULL,    -- of the user name signed in with
  user_id  BIGINT NOT NULL REFERENCES users(id),
  seen_at  BIGINT NOT NULL,
  PRIMARY KEY (device, name_key)
);
CREATE INDEX known_devices_user ON known_devices (user_id);

-- +goose Down
SELECT 1;

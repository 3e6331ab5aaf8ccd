-- +goose Up
-- Which of several numbers was shown, and remarks that hide one: who saw a field
-- in full may rewrite it for a while.
CREATE TABLE reveals_new (
  id          INTEGER NOT NULL PRIMARY KEY,
  at          INTEGER NOT NULL,
  day         TEXT NOT NULL,
  user_id     INTEGER NOT NULL REFERENCES users(id),
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  contact_id  INTEGER REFERENCES contacts(id),
  branch_id   INTEGER NOT NULL REFERENCES branches(id), -- of the client
  field       TEXT NOT NULL CHECK (field IN ('phone','wechat','email','address','remark','id_number','bank_account','age','income','interests','culture')),
  purpose     TEXT NOT NULL CHECK (purpose IN ('call','verify','complaint','other')),
  audit_id    INTEGER NOT NULL, -- where the purpose stands in words
  position    INTEGER NOT NULL DEFAULT 0 -- which of several phones, from 0
) STRICT;
INSERT INTO reveals_new (id, at, day, user_id, customer_id, contact_id, branch_id, field, purpose, audit_id)
SELECT id, at, day, user_id, customer_id, contact_id, branch_id, field, purpose, audit_id FROM reveals;
DROP TABLE reveals;
ALTER TABLE reveals_new RENAME TO reveals;
CREATE INDEX reveals_user     ON reveals (user_id, at);
CREATE INDEX reveals_day      ON reveals (day, user_id, customer_id);
CREATE INDEX reveals_customer ON reveals (customer_id, at);
CREATE INDEX reveals_at       ON reveals (at);

-- +goose Down
SELECT 1;

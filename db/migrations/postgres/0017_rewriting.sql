-- +goose Up
-- Which of several numbers was shown, and remarks that hide one: who saw a field
-- in full may rewrite it for a while.
ALTER TABLE reveals ADD COLUMN position BIGINT NOT NULL DEFAULT 0; -- which of several phones, from 0
ALTER TABLE reveals DROP CONSTRAINT reveals_field_check;
ALTER TABLE reveals ADD CONSTRAINT reveals_field_check CHECK (field IN ('phone','wechat','email','address','remark','id_number','bank_account','age','income','interests','culture'));
CREATE INDEX reveals_at       ON reveals (at);

-- +goose Down
SELECT 1;

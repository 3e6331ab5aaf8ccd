-- +goose Up
-- On which day how somebody who left is reached and signed in was destroyed,
-- '' = it was not. Who comes back and leaves again has a later leaves_on.
ALTER TABLE users ADD COLUMN forgotten_on TEXT NOT NULL DEFAULT '';

-- +goose Down
SELECT 1;

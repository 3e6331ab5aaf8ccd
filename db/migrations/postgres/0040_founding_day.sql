-- +goose Up
-- The day on which a client company was founded: its anniversary is an occasion
-- to greet it.
ALTER TABLE customers ADD COLUMN founded_on TEXT COLLATE "C" NOT NULL DEFAULT ''; -- day, '' = not known

-- +goose Down
SELECT 1;

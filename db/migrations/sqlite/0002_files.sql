-- +goose Up
-- On SQLite these tables stand in a file of their own beside the main one:
-- see files/0001_files.sql.
SELECT 1;

-- +goose Down
SELECT 1;

-- +goose Up
-- The search in its second form: every file is indexed anew at the next start
-- (search_index.go, renewSearch).
DELETE FROM customer_search;

-- +goose Down
SELECT 1;

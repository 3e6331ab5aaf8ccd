-- +goose Up
-- What is soon over is read in the order of due times: an index less that each
-- new case is put into.
DROP INDEX cases_soon;

-- +goose Down
SELECT 1;

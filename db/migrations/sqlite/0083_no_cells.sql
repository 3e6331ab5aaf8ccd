-- +goose Up
-- Cells of RFM at the end of a month were kept, but no page reads them.
ALTER TABLE client_histories DROP COLUMN cell;
ALTER TABLE client_histories DROP COLUMN fen;
DELETE FROM client_moves WHERE dim IN ('cell', 'cell_fen');

-- +goose Down
SELECT 1;

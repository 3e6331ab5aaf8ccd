-- +goose Up
-- The pictures on feedback forms.
CREATE TABLE feedback_photos (
  form_id  INTEGER NOT NULL REFERENCES feedback_forms(id),
  hash     TEXT NOT NULL, -- of the picture in files
  thumb    TEXT NOT NULL, -- of its small version
  position INTEGER NOT NULL,
  PRIMARY KEY (form_id, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX feedback_photos_hash ON feedback_photos (hash);

-- +goose Down
SELECT 1;

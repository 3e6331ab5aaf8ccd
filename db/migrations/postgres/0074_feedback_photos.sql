-- +goose Up
-- The pictures on feedback forms.
CREATE TABLE feedback_photos (
  form_id  BIGINT NOT NULL REFERENCES feedback_forms(id),
  hash     TEXT COLLATE "C" NOT NULL, -- of the picture in files
  thumb    TEXT COLLATE "C" NOT NULL, -- of its small version
  position BIGINT NOT NULL,
  PRIMARY KEY (form_id, hash)
);
CREATE INDEX feedback_photos_hash ON feedback_photos (hash);

-- +goose Down
SELECT 1;

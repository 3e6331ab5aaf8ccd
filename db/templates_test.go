package db_test

import (
	"context"
	"slices"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy/message"
)

// However many wordings other branches wrote, a branch keeps its own.
func TestABranchsWordingsAreNotCrowdedOutByOthers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		_, err := db.Writer(w.DB).Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20001)
			INSERT INTO message_templates (id, branch_id, occasion, channel, tone, body, state, created_at, updated_at) SELECT i, $1, '', 'sms', 'warm', '{节日}好', 'on', 1, 1 FROM n`, w.East)
		if err != nil {
			t.Fatal(err)
		}
		own := message.Template{Occasion: "spring", Channel: message.SMS, Tone: message.Warm, Body: "{称呼}新春快乐"}
		id, err := w.SaveTemplate(ctx, w.As(t, w.BossWest), db.Submission{}, db.Template{BranchID: w.West, State: db.TemplateOn, Template: own})
		if err != nil {
			t.Fatal(err)
		}
		list, err := w.Templates(ctx, w.West)
		if err != nil || !slices.ContainsFunc(list, func(x db.Template) bool { return x.ID == id }) || slices.ContainsFunc(list, func(x db.Template) bool { return x.BranchID == w.East }) {
			t.Errorf("%d wordings, %v", len(list), err)
		}
	})
}

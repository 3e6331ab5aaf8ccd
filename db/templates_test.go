package db_test

import (
	"context"
	"slices"
	"strconv"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy/greeting"
	"yike/policy/message"
	"yike/policy/reply"
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

func TestABranchsAnswersAreNotCrowdedOutByOthers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		_, err := db.Writer(w.DB).Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20001)
			INSERT INTO reply_templates (id, branch_id, title, keywords, body, state, created_at, updated_at) SELECT i, $1, '答', '碎了 坏了', '您好', 'on', 1, 1 FROM n`, w.East)
		if err != nil {
			t.Fatal(err)
		}
		own := reply.Template{Title: "找件", Keywords: "丢了 不见了", Body: "{称呼}您好，这就去找"}
		id, err := w.SaveReply(ctx, w.As(t, w.BossWest), db.Submission{}, db.Reply{BranchID: w.West, State: db.TemplateOn, Template: own})
		if err != nil {
			t.Fatal(err)
		}
		list, err := w.Replies(ctx, w.West)
		if err != nil || !slices.ContainsFunc(list, func(x db.Reply) bool { return x.ID == id }) || slices.ContainsFunc(list, func(x db.Reply) bool { return x.BranchID == w.East }) {
			t.Errorf("%d answers, %v", len(list), err)
		}
	})
}

// A hundred letters of one branch ask for what is each one's alone.
func TestManyLettersAreWordedInFewStatements(t *testing.T) {
	w := dbtest.Company(t, dbtest.NewClock(dbtest.Start))
	ctx := context.Background()
	o, _ := message.OccasionOf("spring")
	type who struct{ customer, contact int64 }
	var all []who
	for i := range 20 {
		customer, contact := greeted(t, w, "客户"+strconv.Itoa(i), "138000050"+strconv.Itoa(10+i))
		all = append(all, who{customer, contact})
	}
	read, k := db.CountReads(t, w.DB), w.Wordings()
	bodies := map[string]bool{}
	for _, x := range all {
		if why, err := k.MayBeGreeted(ctx, db.Greeting{CustomerID: x.customer, ContactID: x.contact, Occasion: "spring"}); err != nil || why != greeting.In {
			t.Fatal(why, err)
		}
		if _, err := k.Sending(ctx, w.West, "2026-11-21"); err != nil {
			t.Fatal(err)
		}
		words, err := k.Word(ctx, db.Wanted{CustomerID: x.customer, ContactID: x.contact, For: []message.Occasion{o}, Channel: message.SMS, Day: "2027-02-06", Today: "2026-11-21", Person: "王店长"})
		if err != nil || words.Message.Body == "" {
			t.Fatal(words, err)
		}
		bodies[words.Template.Body] = true
	}
	if n := read(); n > int64(3*len(all)+8) {
		t.Errorf("%d statements for %d letters", n, len(all))
	}
	if len(bodies) < 2 {
		t.Error("all in the same words")
	}
}

package db_test

import (
	"context"
	"errors"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/consent"
)

func TestWhatAContactAgreedToIsWrittenDownByThoseWhoMay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		id, contact := secret(t, w, "松果母婴用品")
		other, foreign := secret(t, w, "别的客户")
		say := func(contact int64, purpose string, state consent.State) db.Consent {
			return db.Consent{CustomerID: id, ContactID: contact, Purpose: purpose, State: state, Source: "phone", Day: "2026-11-21"}
		}
		for _, c := range []struct {
			name string
			who  int64
			in   db.Consent
			err  error
		}{
			{"taken back before it was given", w.RepWest, say(contact, consent.Marketing, consent.Withdrawn), db.ErrSame},
			{"the rep writes down a yes", w.RepWest, say(contact, consent.Marketing, consent.Given), nil},
			{"the same form sent twice", w.RepWest, say(contact, consent.Marketing, consent.Given), db.ErrSame},
			{"another branch's manager", w.BossEast, say(contact, consent.Festival, consent.Given), db.ErrNotFound},
			{"another rep", w.RepWest2, say(contact, consent.Festival, consent.Given), db.ErrNotFound},
			{"the courier", w.CourierWest, say(contact, consent.Festival, consent.Given), db.ErrNotFound},
			{"a contact of another client", w.RepWest, say(foreign, consent.Festival, consent.Given), db.ErrNotFound},
			{"a purpose that does not exist", w.RepWest, say(contact, "spying", consent.Given), db.ErrRefused},
			{"a state that does not exist", w.RepWest, say(contact, consent.Festival, "maybe"), db.ErrSame},
			{"on a day ahead", w.RepWest, db.Consent{CustomerID: id, ContactID: contact, Purpose: consent.Survey, State: consent.Given, Source: "phone", Day: "2026-11-22"}, db.ErrRefused},
			{"the clerk writes down a no", w.ClerkWest, say(contact, consent.Survey, consent.Refused), nil},
			{"and the yes is taken back", w.ClerkWest, say(contact, consent.Marketing, consent.Withdrawn), nil},
		} {
			if _, err := w.RecordConsent(ctx, w.As(t, c.who), c.in); !errors.Is(err, c.err) {
				t.Errorf("%s: %v, want %v", c.name, err, c.err)
			}
		}
		if n := audited(t, w, "consents.record"); n != 3 {
			t.Errorf("%d audit records, want 3", n)
		}
		scope := w.As(t, w.BossWest).Scope(policy.CustomerRead)
		all, err := w.Consents(ctx, scope, id, true)
		if err != nil || len(all) != 3 {
			t.Fatalf("history: %+v %v", all, err)
		}
		list, err := w.Contacts(ctx, scope, id)
		if err != nil || len(list) != 1 || list[0].Consents[consent.Marketing] != consent.Withdrawn || list[0].Consents[consent.Survey] != consent.Refused || len(list[0].Consents) != 2 {
			t.Errorf("on the card: %+v %v", list, err)
		}
		f, err := w.CustomerFile(ctx, scope, id)
		if err != nil || len(f.Contacts) != 1 || f.Contacts[0].Consents[consent.Survey] != consent.Refused {
			t.Errorf("on the page: %+v %v", f.Contacts, err)
		}
		for _, c := range []struct {
			contact int64
			purpose string
			may     bool
			why     consent.Reason
		}{
			{contact, consent.Marketing, false, consent.TookBack}, {contact, consent.Survey, false, consent.SaidNo}, {contact, consent.Festival, false, consent.Unasked},
			{contact, consent.Service, true, consent.ByContract}, {42, consent.Service, false, consent.Unknown},
		} {
			if may, why, err := w.MayContact(ctx, c.contact, c.purpose); may != c.may || why != c.why || err != nil {
				t.Errorf("%s: %v %s %v", c.purpose, may, why, err)
			}
		}
		if _, err := w.RecordConsent(ctx, w.As(t, w.BossWest), db.Consent{CustomerID: other, ContactID: foreign, Purpose: consent.Survey, State: consent.Given, Source: "paper", Day: "2026-11-01"}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name, state string
			who         int64
			rows        int
		}{
			{"all of the branch", "", w.BossWest, 2}, {"who may be asked about their satisfaction", "may", w.BossWest, 1}, {"who refused", "refused", w.BossWest, 1},
			{"who was never asked", "not_asked", w.BossWest, 0}, {"another branch", "", w.BossEast, 0},
		} {
			got, err := w.ConsentList(ctx, w.As(t, c.who).Scope(policy.CustomerRead), db.ConsentFilter{Purpose: consent.Survey, State: c.state, Limit: 50})
			if err != nil || len(got) != c.rows {
				t.Errorf("%s: %+v %v", c.name, got, err)
			}
		}
		counts, err := w.CountConsents(ctx, scope, db.ConsentFilter{Purpose: consent.Survey})
		if err != nil || counts[consent.Given] != 1 || counts[consent.Refused] != 1 || counts[consent.NotAsked] != 0 {
			t.Errorf("counts %v %v", counts, err)
		}
		// Marketing nobody of the two was asked but one who took it back.
		if got, err := w.ConsentList(ctx, scope, db.ConsentFilter{Purpose: consent.Marketing, State: "not_asked", Limit: 50}); err != nil || len(got) != 1 || got[0].ContactID != foreign {
			t.Errorf("not asked: %+v %v", got, err)
		}
	})
}

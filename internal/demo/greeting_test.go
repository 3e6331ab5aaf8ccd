package demo_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/internal/demo"
)

func TestTheDemosPeopleGreetTheirClients(t *testing.T) {
	t.Parallel()
	cfg := demo.Config{Seed: 1, Today: today, Branches: demo.Branches, Customers: 600, Visits: -1, Waybills: 4000}
	var first string
	for range 2 {
		d, raw, _ := file(t, cfg)
		if err := demo.Greetings(context.Background(), d, cfg.Seed, today); err != nil {
			t.Fatal(err)
		}
		now := fmt.Sprint(dbtest.Start.UnixMilli())
		for what, query := range map[string]string{
			"done ahead of time":                 `SELECT occasion FROM greetings WHERE closed_at > ` + now,
			"closed by somebody else":            `SELECT occasion FROM greetings WHERE state <> 'open' AND closed_by <> user_id`,
			"done by no means":                   `SELECT occasion FROM greetings WHERE state = 'done' AND done_by = ''`,
			"skipped without a reason":           `SELECT occasion FROM greetings WHERE state = 'skipped' AND result = '' AND closed_why = ''`,
			"dearer than was planned":            `SELECT occasion FROM greetings WHERE spent_fen * 100 > budget_fen * 105`,
			"listed after it was done":           `SELECT occasion FROM greetings WHERE state <> 'open' AND created_at > closed_at`,
			"a letter of a greeting that is not": `SELECT key FROM outbox WHERE key LIKE 'greeting:%' AND NOT EXISTS (SELECT 1 FROM greetings g WHERE key LIKE 'greeting:' || g.id || ':%' AND g.contact_id = outbox.contact_id)`,
			"a letter at another branch":         `SELECT key FROM outbox o JOIN customers c ON c.id = o.customer_id WHERE o.branch_id <> c.branch_id`,
			"somebody who did not agree": `SELECT g.occasion FROM greetings g WHERE g.occasion NOT IN ('first_parcel') AND NOT EXISTS (SELECT 1 FROM consents n
				WHERE n.contact_id = g.contact_id AND n.superseded_at = 0 AND n.state = 'given' AND n.purpose = CASE g.occasion WHEN 'birthday' THEN 'birthday' ELSE 'festival' END)`,
		} {
			if got := lines(t, raw, query); len(got) > 0 {
				t.Errorf("%s: %d, such as %v", what, len(got), got[:min(3, len(got))])
			}
		}
		for what, least := range map[string]struct {
			query string
			n     int
		}{
			"greetings that name a festival beside their own": {`SELECT id FROM greetings WHERE lead_id IS NOT NULL`, 20},
			"done in time":        {`SELECT id FROM greetings WHERE state = 'done' AND closed_at / 86400000 <= julianday(due) - 2440587.5`, 20},
			"done late":           {`SELECT id FROM greetings WHERE state = 'done' AND closed_at / 86400000 > julianday(due) - 2440587.5`, 3},
			"skipped":             {`SELECT id FROM greetings WHERE state = 'skipped' AND result <> ''`, 3},
			"in preparation":      {`SELECT id FROM greetings WHERE state = 'open' AND day > '` + today.String() + `'`, 20},
			"with a gift":         {`SELECT id FROM greetings WHERE gift <> '' AND spent_fen > 0`, 10},
			"birthdays":           {`SELECT id FROM greetings WHERE occasion = 'birthday'`, 1},
			"states of letters":   {`SELECT DISTINCT state FROM outbox`, 7},
			"own days":            {`SELECT 1 FROM rules WHERE rule = 'occasions' AND value LIKE '%"term"%"weekday"%'`, 1},
			"ways out":            {`SELECT code FROM channels WHERE state = 'dry'`, 3},
			"wordings of its own": {`SELECT id FROM message_templates`, 5},
			"lunar 30ths or leap": {`SELECT id FROM contacts WHERE birthday_leap = 1 OR birthday_lunar = 1 AND birthday_day = 30`, 1},
		} {
			if got := lines(t, raw, least.query); len(got) < least.n {
				t.Errorf("%s: only %d, want %d", what, len(got), least.n)
			}
		}
		if got := lines(t, raw, `SELECT code FROM channels WHERE state = '`+db.ChannelOn+`'`); len(got) > 0 {
			t.Errorf("what the demo sends would leave: %v", got)
		}
		// Which of several wordings a contact gets follows its id, which no seed gives.
		text := strings.Join(append(lines(t, raw, `SELECT c.code, k.name, g.occasion, g.season, g.day, g.due, g.state, g.done_by, g.result, g.spent_fen, g.closed_at, g.offer_used FROM greetings g
			JOIN customers c ON c.id = g.customer_id JOIN contacts k ON k.id = g.contact_id ORDER BY 1, 2, 3, 4`),
			lines(t, raw, `SELECT c.code, o.channel, o.state, o.reason, o.created_at FROM outbox o JOIN customers c ON c.id = o.customer_id ORDER BY 1, 2, 5`)...), "\n")
		if first != "" && text != first {
			t.Error("the same seed and day give other greetings")
		}
		first = text
	}
}

package demo_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/internal/demo"
	"yike/policy"
	"yike/policy/cadence"
	"yike/policy/creditcode"
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/phone"
	"yike/policy/pinyin"
	"yike/policy/place"
	"yike/policy/profile"
	"yike/policy/signin"
)

var today = day.At(dbtest.Start, db.Zone)

func fill(t testing.TB, d *db.DB, cfg demo.Config) demo.Report {
	t.Helper()
	cfg.PasswordHash = dbtest.Hash
	r, err := demo.Fill(context.Background(), d, cfg, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// file makes a company in a SQLite file and returns it for reading.
func file(t *testing.T, cfg demo.Config) (*db.DB, *sql.DB, demo.Report) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "yike.db")
	d, err := db.Open(context.Background(), db.Config{DSN: path, Now: dbtest.NewClock(dbtest.Start).Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	report := fill(t, d, cfg)
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	return d, raw, report
}

// lines reads a query as texts, one a row.
func lines(t *testing.T, raw *sql.DB, query string) []string {
	t.Helper()
	rows, err := raw.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		cells := make([]any, len(names))
		for i := range cells {
			cells[i] = new(sql.NullString)
		}
		if err := rows.Scan(cells...); err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, c := range cells {
			words = append(words, c.(*sql.NullString).String)
		}
		out = append(out, strings.Join(words, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// hash is of everything that is in the company, ids left aside: they hold the
// installation's own number.
func hash(t *testing.T, raw *sql.DB) string {
	t.Helper()
	h := sha256.New()
	for _, query := range []string{
		`SELECT code, name, level, area_code, next_code FROM branches ORDER BY code`,
		`SELECT u.username, u.name, u.phone, u.joined_on, g.role, b.code FROM users u JOIN grants g ON g.user_id = u.id JOIN branches b ON b.id = g.branch_id ORDER BY 1`,
		`SELECT name, kind, hint FROM tags ORDER BY 1`,
		`SELECT c.code, c.name, c.short_name, c.name_key, c.name_fold, c.kind, c.usage, c.nature, c.size, c.power, c.source, c.industry,
			c.business_type, c.credit_code, c.account_no, c.wechat, c.email, c.place_code, c.city_code, c.address, o.username, k.username, c.owner_since,
			c.stage, c.class, c.class_reason, c.class_since, c.terms, c.terms_days, c.credit_limit, c.contract_no, c.contract_from, c.contract_to,
			c.channel, c.screen_place, c.state, c.monthly_pieces, c.filed_on, c.remark, c.last_visit_on, c.next_visit_on, c.created_at, c.deleted_at
			FROM customers c LEFT JOIN users o ON o.id = c.owner_id LEFT JOIN users k ON k.id = c.clerk_id ORDER BY c.code`,
		`SELECT c.code, k.name, k.position, k.wechat, k.birthday_lunar, k.birthday_year, k.birthday_month, k.birthday_day, k.is_primary
			FROM contacts k JOIN customers c ON c.id = k.customer_id ORDER BY c.code, k.id`,
		`SELECT c.code, p.number, p.position, p.contact_id IS NULL FROM phones p JOIN customers c ON c.id = p.customer_id ORDER BY c.code, p.id`,
		`SELECT c.code, t.name FROM customer_tags x JOIN customers c ON c.id = x.customer_id JOIN tags t ON t.id = x.tag_id ORDER BY 1, 2`,
		`SELECT c.code, u.username, v.state, v.day, v.minute, v.mode, v.purpose, v.learned, v.mood, v.met, v.next_step, v.next_on, v.created_at
			FROM visits v JOIN customers c ON c.id = v.customer_id LEFT JOIN users u ON u.id = v.user_id ORDER BY c.code, v.id`,
		`SELECT w.number, c.code, s.name, w.bound_by, w.sender, w.sender_contact, w.sender_phone, w.receiver, w.receiver_phone, w.province, w.city, w.contents, w.sent_at, w.picked_at,
			w.signed_at, w.picker, w.deliverer, w.weight_g, w.volume_cm3, w.pieces, w.freight_fen, w.product, w.payment, w.state, w.exception
			FROM waybills w LEFT JOIN customers c ON c.id = w.customer_id LEFT JOIN waybill_senders s ON s.id = w.sender_id ORDER BY w.number`,
		`SELECT c.code, e.kind, e.doc_no, e.periods, e.day, e.due_on, e.charged_fen, e.paid_fen, e.method, e.handled_by, e.remark, e.left_fen, e.free_fen
			FROM account_entries e JOIN customers c ON c.id = e.customer_id ORDER BY c.code, e.day, e.doc_no`,
		`SELECT w.number, t.at, t.place, t.words, t.state, t.fails FROM waybill_traces t JOIN waybills w ON w.id = t.waybill_id ORDER BY 1, 2, 4`,
		`SELECT t.kind, t.args, t.state, t.result, u.username FROM todos t LEFT JOIN users u ON u.id = t.user_id WHERE t.waybill_id IS NOT NULL ORDER BY 1, 2`,
	} {
		for _, line := range lines(t, raw, query) {
			_, _ = fmt.Fprintln(h, line)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func TestTheSameSeedAndDayGiveTheSameCompany(t *testing.T) {
	t.Parallel()
	cfg := demo.Config{Seed: 7, Today: today, Branches: 8, Customers: 120, Visits: -1, Waybills: 700}
	made := func(cfg demo.Config) string {
		_, raw, _ := file(t, cfg)
		return hash(t, raw)
	}
	first := made(cfg)
	if again := made(cfg); again != first {
		t.Error("the second company differs from the first")
	}
	other, later := cfg, cfg
	other.Seed, later.Today = 8, today.Add(1)
	if made(other) == first {
		t.Error("another seed gives the same company")
	}
	if made(later) == first {
		t.Error("another day gives the same company")
	}
}

func TestTheDemoLooksLikeACompany(t *testing.T) {
	t.Parallel()
	d, raw, report := file(t, demo.Config{Seed: 1, Today: today, Branches: demo.Branches, Customers: 600, Visits: -1})
	one := func(query string) string { return lines(t, raw, query)[0] }
	for _, c := range []struct{ what, query, want string }{
		{"head office, regions and branches", `SELECT group_concat(level || ' ' || n, ', ') FROM (SELECT level, count(*) n FROM branches GROUP BY level ORDER BY level)`, "branch 8, head_office 1, region 3"},
		{"people", `SELECT count(*) FROM users`, "45"},
		{"roles", `SELECT count(DISTINCT role) FROM grants`, "11"},
		{"customers", `SELECT count(*) FROM customers`, "600"},
		{"a code each, by the branch's own sequence", `SELECT count(*) FROM customers c JOIN branches b ON b.id = c.branch_id WHERE c.code NOT LIKE b.code || '-_____'`, "0"},
		{"the sequence stands behind the last code", `SELECT count(*) FROM branches b WHERE level = 'branch' AND next_code <> 1 + (SELECT count(*) FROM customers c WHERE c.branch_id = b.id)`, "0"},
		{"the owner is of the branch", `SELECT count(*) FROM customers c JOIN users u ON u.id = c.owner_id WHERE u.branch_id <> c.branch_id`, "0"},
		{"one primary contact at most", `SELECT count(*) FROM (SELECT customer_id FROM contacts WHERE is_primary GROUP BY 1 HAVING count(*) > 1)`, "0"},
		{"no visit was made tomorrow", `SELECT count(*) FROM visits WHERE state = 'done' AND day > '` + today.String() + `'`, "0"},
		{"no visit before the file was opened", `SELECT count(*) FROM visits v JOIN customers c ON c.id = v.customer_id WHERE v.day < date(c.created_at / 1000, 'unixepoch', '+8 hours')`, "0"},
		{"the last visit is kept with the customer", `SELECT count(*) FROM customers c WHERE last_visit_on <> coalesce((SELECT max(day) FROM visits v WHERE v.customer_id = c.id AND state = 'done'), '')`, "0"},
		{"and how often that month", `SELECT count(*) FROM customers c WHERE month_visits <> (SELECT count(DISTINCT day) FROM visits v WHERE v.customer_id = c.id AND state = 'done' AND substr(day, 1, 7) = substr(c.last_visit_on, 1, 7))`, "0"},
		{"so is the next", `SELECT count(*) FROM customers c WHERE next_visit_on <> coalesce((SELECT min(day) FROM visits v WHERE v.customer_id = c.id AND state = 'planned'), '')`, "0"},
		{"the contact met is of the customer", `SELECT count(*) FROM visits v JOIN contacts k ON k.id = v.contact_id WHERE k.customer_id <> v.customer_id`, "0"},
		{"every file is in the search, but for the bin", `SELECT (SELECT count(*) FROM customer_search) - (SELECT count(*) FROM customers WHERE deleted_at = 0)`, "0"},
		{"every file has a change record of an act", `SELECT count(*) FROM customers c WHERE 1 <> (SELECT count(*) FROM changes h JOIN audits a ON a.id = h.audit_id WHERE h.customer_id = c.id AND h.entity NOT IN ('feedback_forms','todos'))`, "0"},
		{"a later file has a higher id", `SELECT count(*) FROM customers a JOIN customers b ON b.id > a.id AND b.created_at < a.created_at - 86400000`, "0"},
		{"some in the bin, some to review, some without an owner", `SELECT (SELECT count(*) FROM customers WHERE deleted_at > 0) > 0 AND (SELECT count(*) FROM customers WHERE state = 'draft') > 5 AND (SELECT count(*) FROM customers WHERE owner_id IS NULL) > 5`, "1"},
		{"plans for today and after", `SELECT count(*) > 10 FROM visits WHERE state = 'planned' AND day >= '` + today.String() + `'`, "1"},
		{"visits today", `SELECT count(*) > 0 FROM visits WHERE state = 'done' AND day = '` + today.String() + `'`, "1"},
		{"the hint of the documents", `SELECT count(*) FROM tags WHERE hint LIKE '这是企业客户，注意形象%'`, "1"},
	} {
		if got := one(c.query); got != c.want {
			t.Errorf("%s: got %s, want %s", c.what, got, c.want)
		}
	}
	if len(report.Accounts) != 45 {
		t.Errorf("%d accounts", len(report.Accounts))
	}
	if found, err := d.Check(context.Background()); err != nil || len(found) > 0 {
		t.Errorf("the database is not whole: %v %v", found, err)
	}
	shares(t, raw)
	values(t, raw)
	dueList(t, raw)
}

// shares: classes in sensible shares.
func shares(t *testing.T, raw *sql.DB) {
	t.Helper()
	for class, bounds := range map[string][2]int{"A": {5, 12}, "B": {17, 28}, "C": {52, 68}, "": {5, 15}} {
		var n int
		if err := raw.QueryRow(`SELECT count(*) FROM customers WHERE class = $1`, class).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if share := n * 100 / 600; share < bounds[0] || share > bounds[1] {
			t.Errorf("class %q: %d %%, want %d to %d", class, share, bounds[0], bounds[1])
		}
	}
}

// values: what the CHECKs of the schema do not see.
func values(t *testing.T, raw *sql.DB) {
	t.Helper()
	for _, number := range lines(t, raw, `SELECT number FROM phones UNION SELECT phone FROM users WHERE phone <> ''`) {
		n, problem := phone.Parse(number, "")
		if !problem.OK() || n.Digits != number {
			t.Errorf("phone %s: %+v %+v", number, n, problem)
		}
		if !strings.Contains(number, "0000") && !strings.Contains(number, "-8600") {
			t.Errorf("phone %s could be somebody's", number)
		}
	}
	for _, code := range lines(t, raw, `SELECT credit_code FROM customers WHERE credit_code <> ''`) {
		if v := creditcode.Check(code); !v.OK() {
			t.Errorf("credit code %s: %+v", code, v)
		}
	}
	for _, line := range lines(t, raw, `SELECT DISTINCT place_code, city_code FROM customers`) {
		code, city, _ := strings.Cut(line, "|")
		if p, ok := place.Path(code); !ok || p.City.Code != city || p.District.Code == "" || !p.District.Current() {
			t.Errorf("place %s: %+v", line, p)
		}
	}
	birthdays := 0
	for _, line := range lines(t, raw, `SELECT birthday_lunar, birthday_year, birthday_month, birthday_day FROM contacts WHERE birthday_month <> 0`) {
		var lunar, y, m, dom int
		if _, err := fmt.Sscanf(strings.ReplaceAll(line, "|", " "), "%d %d %d %d", &lunar, &y, &m, &dom); err != nil {
			t.Fatal(err)
		}
		if f := (festival.Birthday{Lunar: lunar == 1, Year: y, Month: m, Day: dom}).ValidOn(today); f != festival.Fine {
			t.Errorf("birthday %s: %s", line, f)
		}
		birthdays++
	}
	if birthdays < 50 {
		t.Errorf("only %d birthdays", birthdays)
	}
	for _, line := range lines(t, raw, `SELECT name, name_key FROM customers`) {
		name, key, _ := strings.Cut(line, "|")
		if key != pinyin.Key(name) {
			t.Errorf("%s sorts by %q", name, key)
		}
	}
	for _, x := range []struct {
		column string
		words  []string
	}{{"source", profile.Sources}, {"channel", profile.Channels}, {"stage", profile.Stages}} {
		if n := len(lines(t, raw, `SELECT DISTINCT `+x.column+` FROM customers`)); n < len(x.words)/2 {
			t.Errorf("%s: only %d of %d words are in use", x.column, n, len(x.words))
		}
	}
}

// dueList: on the due list some are overdue, some soon, some met.
func dueList(t *testing.T, raw *sql.DB) {
	t.Helper()
	month := cadence.On(cadence.Default(), nil, today)
	states := map[cadence.State]int{}
	for _, line := range lines(t, raw, `SELECT c.class, c.class_since, c.owner_since, date(c.created_at / 1000, 'unixepoch', '+8 hours'), c.last_visit_on,
			(SELECT count(DISTINCT day) FROM visits v WHERE v.customer_id = c.id AND state = 'done' AND day >= '`+today.MonthStart().String()+`')
			FROM customers c WHERE deleted_at = 0 AND state <> 'archived'`) {
		f := strings.Split(line, "|")
		var visits int
		if _, err := fmt.Sscan(f[5], &visits); err != nil {
			t.Fatal(err)
		}
		s := month.Due(cadence.Facts{Class: f[0], ClassSince: day.MustParse(f[1]), OwnedSince: day.MustParse(f[2]), Created: day.MustParse(f[3]),
			LastVisit: day.MustParse(f[4]), Visits: visits})
		states[s.State]++
	}
	for _, s := range []cadence.State{cadence.Overdue, cadence.Soon, cadence.OnTime, cadence.Met} {
		if states[s] < 10 {
			t.Errorf("%d customers are %s: %v", states[s], s, states)
		}
	}
	t.Log(states)
}

func TestACompanyOfAnySizeOnBothEngines(t *testing.T) {
	for name, open := range map[string]func(testing.TB, *dbtest.Clock) *db.DB{"sqlite": dbtest.Open, "postgres": dbtest.OpenPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, d := context.Background(), open(t, dbtest.NewClock(dbtest.Start))
			cfg := demo.Config{Seed: 3, Today: today, Branches: 40, Customers: 211, Visits: 1000, Waybills: 1500, Cases: 40}
			var noted []int
			cfg.Note = func(done, all int) { noted = append(noted, done, all) }
			report := fill(t, d, cfg)
			if report.Customers != 211 || report.Visits != 1000 || !slices.Equal(noted, []int{211, 211}) {
				t.Errorf("%+v, noted %v", report.Loaded, noted)
			}
			system := policy.SystemActor("test")
			if n, err := d.CountWaybills(ctx, system.Scope(policy.WaybillRead), db.WaybillFilter{}, 10_000); n != 1500 || report.Waybills != 1500 || err != nil {
				t.Errorf("%d waybills, %d told of, want 1500 (%v)", n, report.Waybills, err)
			}
			if n, err := d.CountCases(ctx, system, db.CaseFilter{Show: db.CasesAll}, 100); n < 36 || report.Cases != 40 || err != nil {
				t.Errorf("%d cases, %d told of, want about 40 (%v)", n, report.Cases, err)
			}
			if found, err := d.CheckWaybillSums(ctx); err != nil || len(found) > 0 {
				t.Errorf("the sums of waybills: %v %v", found, err)
			}
			if found, err := d.CheckAccounts(ctx); err != nil || len(found) > 0 {
				t.Errorf("the sums of accounts: %v %v", found, err)
			}
			branches, codes := 0, map[string]bool{}
			for _, b := range d.Branches(ctx, system.Scope(policy.BranchRead)) {
				if b.Level == db.LevelBranch {
					branches++
				}
				if codes[b.Code] || b.AreaCode == "" {
					t.Errorf("branch %+v", b)
				}
				codes[b.Code] = true
			}
			if branches != 40 {
				t.Errorf("%d branches, want 40", branches)
			}
			// What comes after goes on as usual.
			u, err := d.Credentials(ctx, "rep1")
			if err != nil {
				t.Fatal(err)
			}
			id, err := d.CreateCustomer(ctx, system, db.Submission{}, db.Customer{BranchID: u.BranchID, Name: "后来的客户"})
			if err != nil {
				t.Fatal(err)
			}
			if c, err := d.Customer(ctx, system.Scope(policy.CustomerRead), id); err != nil || !strings.HasPrefix(c.Code, "HZ01-") {
				t.Errorf("%+v %v", c, err)
			}
			if _, err := demo.Fill(ctx, d, cfg, time.Now); !errors.Is(err, demo.ErrNotEmpty) {
				t.Errorf("filled twice: %v", err)
			}
		})
	}
}

func TestOnlyTheProgramItselfLoads(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(dbtest.Start)
	w := dbtest.Company(t, clock)
	none := func(func(db.LoadItem) bool) {}
	for _, user := range []int64{w.Admin, w.Chief, w.RepWest} {
		if _, err := w.LoadCustomers(context.Background(), w.As(t, user), none, nil); !errors.Is(err, db.ErrRefused) {
			t.Errorf("user %d loads customers: %v", user, err)
		}
		parcels := func(func(db.Waybill) bool) {}
		if _, err := w.LoadWaybills(context.Background(), w.As(t, user), parcels, nil); !errors.Is(err, db.ErrRefused) {
			t.Errorf("user %d loads waybills: %v", user, err)
		}
		if err := w.Shippers(context.Background(), w.As(t, user), func(db.Shipper) bool { return true }); !errors.Is(err, db.ErrRefused) {
			t.Errorf("user %d reads who ships: %v", user, err)
		}
		if _, err := w.LoadTags(context.Background(), w.As(t, user), nil); !errors.Is(err, db.ErrRefused) {
			t.Errorf("user %d loads tags: %v", user, err)
		}
	}
}

func TestThePasswordOfTheDemoIsOneThatTheProgramWouldTake(t *testing.T) {
	if f := signin.Faults(demo.Password, signin.Owner{Username: "admin", Names: []string{"盛知行"}, Firms: []string{"岚翎速递", "杭州良渚网点"}}); f != nil {
		t.Errorf("%v", f)
	}
}

func TestTheDemosPeopleWereAskedWhatTheirDataMayBeUsedFor(t *testing.T) {
	_, raw, _ := file(t, demo.Config{Seed: 1, Today: today, Branches: demo.Branches, Customers: 1500, Visits: -1})
	for _, state := range []string{"given", "refused", "withdrawn"} {
		if n := lines(t, raw, `SELECT 1 FROM consents WHERE superseded_at = 0 AND state = '`+state+`'`); len(n) < 20 {
			t.Errorf("%d answers hold that are %s", len(n), state)
		}
	}
	for what, query := range map[string]string{
		"a contact who withdrew what they never gave": `SELECT contact_id, purpose FROM consents n WHERE state = 'withdrawn' AND NOT EXISTS
			(SELECT 1 FROM consents p WHERE p.contact_id = n.contact_id AND p.purpose = n.purpose AND p.state = 'given' AND p.superseded_at = n.created_at AND p.day <= n.day)`,
		"an answer for which nothing holds":     `SELECT contact_id, purpose FROM consents GROUP BY contact_id, purpose HAVING sum(superseded_at = 0) <> 1`,
		"an answer of another client's contact": `SELECT n.id FROM consents n JOIN contacts k ON k.id = n.contact_id WHERE k.customer_id <> n.customer_id`,
		"an answer of the future":               `SELECT day FROM consents WHERE day > '` + today.String() + `'`,
	} {
		if got := lines(t, raw, query); len(got) > 0 {
			t.Errorf("%s: %v", what, got[:min(3, len(got))])
		}
	}
	if got := lines(t, raw, `SELECT 1 FROM branches b WHERE b.level = 'branch' AND NOT EXISTS (SELECT 1 FROM branch_duties x WHERE x.branch_id = b.id AND x.user_id IS NOT NULL)`); len(got) > 0 {
		t.Errorf("at %d branches nobody is responsible for anything", len(got))
	}
	if got := lines(t, raw, `SELECT kind || ' ' || state FROM person_requests ORDER BY id`); strings.Join(got, ", ") != "copy done, correction open, erasure open, copy open" {
		t.Errorf("requests: %v", got)
	}
}

func TestTheDemosClientsShipAsClientsDo(t *testing.T) {
	_, raw, _ := file(t, demo.Config{Seed: 1, Today: today, Branches: demo.Branches, Customers: 600, Waybills: 4000})
	from := today.MonthStart().AddMonths(-12).String()
	for what, query := range map[string]string{
		"sent before the thirteen months, or not yet": `SELECT number, sent_day FROM waybills WHERE sent_day < '` + from + `' OR sent_day >= '` + today.String() + `'`,
		"signed for before it was sent, or not yet": `SELECT number FROM waybills WHERE signed_at <> 0 AND
			(signed_at < picked_at OR date(signed_at / 1000, 'unixepoch', '+8 hours') >= '` + today.String() + `')`,
		"signed for at no time, or not and at one": `SELECT number, state FROM waybills WHERE (state = 'signed') <> (signed_at <> 0)`,
		"old and still on its way":                 `SELECT number, state FROM waybills WHERE state IN ('picked_up', 'moving', 'delivering') AND sent_day < '` + today.Add(-10).String() + `'`,
		"sent before its client's file was opened": `SELECT w.number FROM waybills w JOIN customers c ON c.id = w.customer_id
			WHERE w.sent_day < date(c.created_at / 1000, 'unixepoch', '+8 hours')`,
		"at another branch than its client":   `SELECT w.number FROM waybills w JOIN customers c ON c.id = w.customer_id WHERE w.branch_id <> c.branch_id`,
		"of nobody, and no sender gathered":   `SELECT number FROM waybills WHERE customer_id IS NULL AND sender_id IS NULL`,
		"a branch without possible clients":   `SELECT b.name FROM branches b WHERE b.level = 'branch' AND (SELECT count(*) FROM waybill_senders s WHERE s.branch_id = b.id AND s.waybills > 0) < 3`,
		"free, weightless or without a place": `SELECT number FROM waybills WHERE freight_fen <= 0 OR weight_g <= 0 OR province = '' OR city = ''`,
	} {
		if got := lines(t, raw, query); len(got) > 0 {
			t.Errorf("%s: %d, such as %v", what, len(got), got[:min(3, len(got))])
		}
	}
	for what, least := range map[string]struct {
		query string
		n     int
	}{
		"states":        {`SELECT DISTINCT state FROM waybills`, 8},
		"products":      {`SELECT DISTINCT product FROM waybills`, 5},
		"payments":      {`SELECT DISTINCT payment FROM waybills`, 4},
		"exceptions":    {`SELECT DISTINCT exception FROM waybills WHERE exception <> ''`, 6},
		"provinces":     {`SELECT DISTINCT province FROM waybills`, 15},
		"daily clients": {`SELECT customer_id FROM waybills GROUP BY customer_id HAVING count(DISTINCT sent_day) > 130`, 4},
		"growing":       {halves(`c.stage = 'growing'`, `>`), 10},
		"falling":       {halves(`c.stage = 'declining'`, `<`), 5},
	} {
		if got := lines(t, raw, least.query); len(got) < least.n {
			t.Errorf("%s: only %d, want %d: %v", what, len(got), least.n, got)
		}
	}
}

func TestTheDemoHearsOfItsParcels(t *testing.T) {
	_, raw, _ := file(t, demo.Config{Seed: 1, Today: today, Branches: demo.Branches, Customers: 600, Waybills: 8000})
	now := fmt.Sprint(dbtest.Start.UnixMilli())
	for what, query := range map[string]string{
		"news that have not happened yet":  `SELECT at, words FROM waybill_traces WHERE at > ` + now,
		"news before the parcel was there": `SELECT w.number, t.words FROM waybill_traces t JOIN waybills w ON w.id = t.waybill_id WHERE t.at < w.picked_at`,
		"news from nowhere":                `SELECT words FROM waybill_traces WHERE place = ''`,
		"news that end where the parcel is not": `SELECT w.number, w.state, t.state, k.state FROM waybill_tracks k JOIN waybills w ON w.id = k.waybill_id
			JOIN waybill_traces t ON t.waybill_id = w.id AND t.at = k.last_at WHERE w.state <> k.state OR t.state <> k.state`,
		"a parcel of this week of which nothing was heard": `SELECT number, state FROM waybills w WHERE sent_day >= '` + today.Add(-7).String() + `' AND state <> 'cancelled'
			AND NOT EXISTS (SELECT 1 FROM waybill_traces t WHERE t.waybill_id = w.id)`,
		"a to-do about a parcel that asks for nobody": `SELECT t.kind, k.flags FROM todos t JOIN waybill_tracks k ON k.waybill_id = t.waybill_id
			WHERE t.state = 'open' AND instr(' ' || k.flags || ' ', ' ' || substr(t.kind, 8) || ' ') = 0`,
		"a to-do about a client's parcel that nobody has": `SELECT kind FROM todos WHERE waybill_id IS NOT NULL AND user_id IS NULL`,
	} {
		if got := lines(t, raw, query); len(got) > 0 {
			t.Errorf("%s: %d, such as %v", what, len(got), got[:min(3, len(got))])
		}
	}
	for what, least := range map[string]struct {
		query string
		n     int
	}{
		"kinds of to-dos":          {`SELECT DISTINCT kind FROM todos WHERE waybill_id IS NOT NULL`, 6},
		"open ones":                {`SELECT id FROM todos WHERE waybill_id IS NOT NULL AND state = 'open'`, 10},
		"done by who has them":     {`SELECT id FROM todos WHERE waybill_id IS NOT NULL AND state = 'done' AND closed_by = user_id AND result <> ''`, 10},
		"branches with such to-do": {`SELECT DISTINCT branch_id FROM todos WHERE waybill_id IS NOT NULL`, 6},
		"news of this morning":     {`SELECT id FROM track_reads WHERE parcels > 0 AND undone_at = 0`, 4},
		"deliveries that failed":   {`SELECT id FROM waybill_traces WHERE fails = 1`, 2},
	} {
		if got := lines(t, raw, least.query); len(got) < least.n {
			t.Errorf("%s: only %d, want %d: %v", what, len(got), least.n, got)
		}
	}
}

// halves are clients that sent more, or fewer, in the second half of the year
// than in the first.
func halves(which, than string) string {
	middle := today.AddMonths(-6).String()
	return `SELECT c.name FROM waybills w JOIN customers c ON c.id = w.customer_id WHERE ` + which +
		` GROUP BY c.id HAVING sum(w.sent_day >= '` + middle + `') ` + than + ` sum(w.sent_day < '` + middle + `')`
}

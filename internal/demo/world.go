// Package demo makes up a whole company: branches, people, customers with
// contacts, contracts, tags, two years of visits and thirteen
// months of waybills, of the last weeks what was heard of them, a year of cases, and what clients thought of it all. The same seed and the
// same day give the same company, at any size. It knows what a courier branch
// looks like, and nothing of pages.
package demo

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/place"
)

// Password is everybody's in a demo.
const Password = "liangzhu-2026"

// Oldest is the first day for which a company can be made: two years of
// history must fit behind the epoch of ids.
var Oldest = day.MustParse("2026-01-05")

// Defaults of Config.
const (
	Branches  = 8
	Customers = 3000
	Waybills  = 20_000
)

// Config says which company to make.
type Config struct {
	Seed      uint64
	Today     day.Day // where the data end
	Branches  int     // beside head office and regions; 8 are those of the demo
	Customers int
	Visits    int // about how many; below 0: as many as two years of work leave
	Latest    int // of those of two years, how many of each customer are made, the newest; 0: all
	Waybills  int // of thirteen months
	Cases     int // of twelve months
	// PasswordHash is given to everybody.
	PasswordHash string
	// Note is told how many of the customers are written. May be nil.
	Note func(done, all int)
}

// Account is somebody who can sign in.
type Account struct {
	User, Name, Role string
	Branch           string // name of the branch
}

// Report says what was made.
type Report struct {
	db.Loaded
	Waybills int
	Cases    int
	Accounts []Account
	Took     time.Duration // of writing the customers with all that hangs on them
}

// ErrNotEmpty says that the database already holds a company.
var ErrNotEmpty = errors.New("the database is not empty")

// person is one of staff in the database.
type person struct {
	id     int64
	weight int // share of the branch's customers
	zeal   float64
	name   string
}

// office is a branch of the company as customers see it.
type office struct {
	id       int64
	at       place.Place
	area     string // area code
	nearby   []place.Division
	farther  []place.Division // districts of the province's other cities
	weight   int
	reps     []person
	key      []person // account managers: they hold the A customers
	clerks   []person
	couriers []person
	head     int64 // the branch manager
}

// world hands out everything that a customer is made of.
type world struct {
	cfg     Config
	offices []*office
	total   int // of the offices' weights
	tags    map[string]int64
	cities  map[string][]string // codes by province
	days    calendar
	news    []way // parcels of which there is news
	top     int64 // head office
	chief   int64 // its manager
}

// Fill makes the company in an empty database (ErrNotEmpty otherwise). clock
// is the instant at which it is done, for the report only.
func Fill(ctx context.Context, d *db.DB, cfg Config, clock func() time.Time) (Report, error) {
	var report Report
	empty, err := d.Empty(ctx)
	if err != nil {
		return report, err
	}
	if !empty {
		return report, ErrNotEmpty
	}
	system := policy.SystemActor("yike demo")
	w := &world{cfg: cfg, tags: map[string]int64{}, cities: map[string][]string{}, days: newCalendar(cfg.Today)}
	if report.Accounts, err = w.company(ctx, d, system); err != nil {
		return report, err
	}
	if err := w.makeTags(ctx, d, system); err != nil {
		return report, err
	}
	if err := w.duties(ctx, d, system); err != nil {
		return report, err
	}
	start := clock()
	report.Loaded, err = d.LoadCustomers(ctx, system, w.customers(), func(l db.Loaded) {
		if cfg.Note != nil {
			cfg.Note(l.Customers, cfg.Customers)
		}
	})
	report.Took = clock().Sub(start)
	if err != nil {
		return report, err
	}
	if report.Waybills, err = w.waybills(ctx, d, system); err != nil {
		return report, err
	}
	if err := w.tracks(ctx, d, system); err != nil {
		return report, err
	}
	if err := w.accounts(ctx, d, system); err != nil {
		return report, err
	}
	if err := w.radar(ctx, d, system); err != nil {
		return report, err
	}
	if err := w.requests(ctx, d); err != nil {
		return report, err
	}
	if err := w.marketing(ctx, d, system); err != nil {
		return report, err
	}
	if cfg.Cases > 0 {
		if report.Cases, err = w.cases(ctx, d, system); err != nil {
			return report, err
		}
	}
	if err := w.measures(ctx, d, system); err != nil {
		return report, err
	}
	return report, w.ratings(ctx, d, system)
}

// radar runs the radar of the last weeks, as the nights would have; a large
// load leaves it to the first night.
func (w *world) radar(ctx context.Context, d *db.DB, system policy.Actor) error {
	if w.cfg.Waybills == 0 || w.cfg.Customers > radarClients {
		return nil
	}
	for _, before := range []int{42, 28, 18, 11, 0} {
		if _, err := d.SweepRadar(ctx, system, w.cfg.Today.Add(-before)); err != nil {
			return err
		}
	}
	return nil
}

// radarClients is up to how many clients the demo's radar runs at once.
const radarClients = 20_000

func (w *world) customers() iter.Seq[db.LoadItem] {
	return func(yield func(db.LoadItem) bool) {
		for i := range w.cfg.Customers {
			if !yield(w.customer(i)) {
				return
			}
		}
	}
}

// company makes head office, regions, branches and people.
func (w *world) company(ctx context.Context, d *db.DB, system policy.Actor) ([]Account, error) {
	list := w.regions()
	first := list[0].branches[0]
	admin := staff[0]
	if _, err := d.SetUpCompany(ctx, system, db.SetUp{
		Company: "岚翎速递", HeadOffice: "岚翎速递总部", Branch: first.branch, BranchCode: first.code, AreaCode: areaOf(first.district),
		Admin: db.UserInput{Username: admin.user, Name: admin.name, PasswordHash: w.cfg.PasswordHash, JoinedOn: w.joined(0)},
	}); err != nil {
		return nil, err
	}
	at, label := map[string]int64{}, map[string]string{}
	for _, b := range d.Branches(ctx, system.Scope(policy.BranchRead)) {
		at[b.Code], label[b.Code] = b.ID, b.Name
	}
	add := func(parent int64, level, name, code, area string) (err error) {
		at[code], err = d.CreateBranch(ctx, system, db.BranchInput{ParentID: parent, Level: level, Name: name, Code: code, AreaCode: area})
		label[code] = name
		return err
	}
	for _, r := range list {
		if err := add(at["HQ"], db.LevelRegion, r.name, r.code, r.area); err != nil {
			return nil, err
		}
		for _, b := range r.branches {
			if b.code == first.code {
				if err := d.MoveBranch(ctx, system, at[b.code], at[r.code]); err != nil {
					return nil, err
				}
			} else if err := add(at[r.code], db.LevelBranch, b.branch, b.code, areaOf(b.district)); err != nil {
				return nil, err
			}
			w.offices = append(w.offices, newOffice(at[b.code], b))
			w.total += b.weight
		}
	}
	accounts := []Account{{admin.user, admin.name, admin.role, label[admin.branch]}}
	for i, p := range w.posts(list) {
		id, err := d.CreateUser(ctx, system, db.UserInput{Username: p.user, Name: p.name, BranchID: at[p.branch],
			Phone: mobile(900_000 + i), PasswordHash: w.cfg.PasswordHash, JoinedOn: w.joined(i + 1),
			Grants: []policy.Grant{{Role: policy.Role(p.role), Branch: at[p.branch]}}})
		if err != nil {
			return nil, fmt.Errorf("user %s: %w", p.user, err)
		}
		accounts = append(accounts, Account{p.user, p.name, p.role, label[p.branch]})
		if w.chief == 0 && policy.Role(p.role) == policy.HeadOffice {
			w.top, w.chief = at[p.branch], id
		}
		for _, o := range w.offices {
			if o.id != at[p.branch] {
				continue
			}
			someone := person{id: id, name: p.name, weight: 10, zeal: []float64{1.05, 0.9, 0.97, 0.8}[i%4]}
			switch policy.Role(p.role) {
			case policy.SalesRep:
				o.reps = append(o.reps, someone)
			case policy.AccountManager:
				o.key = append(o.key, someone)
			case policy.BranchManager:
				o.head = id
			case policy.ServiceClerk:
				o.clerks = append(o.clerks, someone)
			case policy.Courier:
				o.couriers = append(o.couriers, someone)
			}
		}
	}
	return accounts, nil
}

// joined is the day on which the i-th person came: before the first customer.
func (w *world) joined(i int) string {
	return w.cfg.Today.Add(-760 - (i*97)%1500).String()
}

// regions returns the demo's regions, shortened or lengthened to the number of
// branches asked for.
func (w *world) regions() []region {
	var out []region
	left := max(1, w.cfg.Branches)
	for _, r := range regions {
		if left == 0 {
			return out
		}
		n := min(left, len(r.branches))
		r.branches = r.branches[:n]
		out = append(out, r)
		left -= n
	}
	for round := 0; left > 0; round++ {
		city := moreCities[round%len(moreCities)]
		p, ok := place.Path(city)
		if !ok {
			continue
		}
		r := region{name: trimEnds(p.City.Name) + "片区", code: fmt.Sprintf("R%02d", round+1), area: areaOf(city)}
		if lap := round / len(moreCities); lap > 0 {
			r.name = fmt.Sprintf("%s%d片区", trimEnds(p.City.Name), lap+1)
		}
		for i, child := range place.Children(city) {
			if left == 0 || i == 12 {
				break
			}
			r.branches = append(r.branches, branchPlace{district: child.Code, weight: 8,
				branch: trimEnds(p.City.Name) + trimEnds(child.Name) + "网点", code: fmt.Sprintf("N%02d%02d", round+1, i+1)})
			left--
		}
		out = append(out, r)
	}
	return out
}

func trimEnds(name string) string {
	for _, end := range []string{"市", "区", "县"} {
		if s, ok := strings.CutSuffix(name, end); ok && len([]rune(s)) > 1 {
			return s
		}
	}
	return name
}

// posts returns everybody but the administrator: the staff of the demo as far
// as their branches are there, and four people at every further branch.
func (w *world) posts(list []region) []post {
	here := map[string]bool{"HQ": true}
	var codes []string
	for _, r := range list {
		here[r.code] = true
		for _, b := range r.branches {
			here[b.code] = true
			codes = append(codes, b.code)
		}
	}
	var out []post
	served := map[string]bool{}
	for _, p := range staff[1:] {
		if here[p.branch] {
			out = append(out, p)
			served[p.branch] = true
		}
	}
	for i, code := range codes {
		if served[code] {
			continue
		}
		d := newDice(w.cfg.Seed, "staff", i)
		for _, p := range []post{{"boss%d", "", "branch_manager", code}, {"rep%da", "", "sales_rep", code}, {"rep%db", "", "sales_rep", code}, {"clerk%d", "", "service_clerk", code}} {
			p.user, p.name = fmt.Sprintf(p.user, i+1), d.person()
			out = append(out, p)
		}
	}
	return out
}

func newOffice(id int64, b branchPlace) *office {
	at, _ := place.Path(b.district)
	o := &office{id: id, at: at, area: areaOf(b.district), weight: b.weight, nearby: place.Children(at.City.Code)}
	for _, city := range place.Children(at.Province.Code) {
		if city.Level == place.City && city.Code != at.City.Code {
			o.farther = append(o.farther, place.Children(city.Code)...)
		}
	}
	if len(o.nearby) == 0 {
		o.nearby = []place.Division{at.District}
	}
	return o
}

func areaOf(code string) string {
	area, _ := place.AreaCode(code)
	return area
}

// makeTags makes the tags.
func (w *world) makeTags(ctx context.Context, d *db.DB, system policy.Actor) error {
	var list []db.LoadTag
	for _, t := range tags {
		list = append(list, db.LoadTag{Name: t.name, Kind: t.kind, Hint: t.hint})
	}
	made, err := d.LoadTags(ctx, system, list)
	if err != nil {
		return err
	}
	for i, t := range tags {
		w.tags[t.name] = made[i]
	}
	return nil
}

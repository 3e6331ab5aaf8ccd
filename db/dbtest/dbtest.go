// Package dbtest gives tests a migrated database on either engine, with a
// small company in it. It is imported by tests only.
package dbtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yike/db"
	"yike/internal/pgtest"
	"yike/policy"
)

// Key is the throw-away key of every test's database.
var Key = []byte("a key for tests, of 32 bytes    ")

// Start is the instant at which every test's clock stands at first: a
// Saturday, 09:15 in Shanghai.
var Start = time.Date(2026, 11, 21, 9, 15, 0, 0, db.Zone)

// Clock is a time that the test moves.
type Clock struct{ ms atomic.Int64 }

// NewClock stands at the instant.
func NewClock(at time.Time) *Clock {
	c := &Clock{}
	c.ms.Store(at.UnixMilli())
	return c
}

// Now returns where the clock stands.
func (c *Clock) Now() time.Time { return time.UnixMilli(c.ms.Load()).In(db.Zone) }

// Move moves the clock.
func (c *Clock) Move(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// Set puts the clock to an instant.
func (c *Clock) Set(at time.Time) { c.ms.Store(at.UnixMilli()) }

// What is made once in a test process and copied for each test: migrating an
// empty database takes a hundred times as long as copying one.
var (
	emptyFile, companyFile prepared

	emptyPostgres = pgtest.Template{Prepare: func(ctx context.Context, dsn string) error {
		_, err := fill(ctx, dsn, false)
		return err
	}}
	companyPostgres = pgtest.Template{Prepare: func(ctx context.Context, dsn string) (err error) {
		peoplePostgres, err = fill(ctx, dsn, true)
		return err
	}}
	peoplePostgres World
)

// fill migrates the empty database at dsn, puts the small company into it if
// that is wanted, and closes it.
func fill(ctx context.Context, dsn string, company bool) (w World, err error) {
	d, err := db.Open(ctx, db.Config{DSN: dsn, Now: NewClock(Start).Now, Key: db.OnlyKey(Key)})
	if err != nil {
		return w, err
	}
	if company {
		w, err = build(ctx, d)
	}
	return w, errors.Join(err, d.Close())
}

// prepared is a SQLite database that was filled and closed.
type prepared struct {
	once   sync.Once
	people World
	files  map[string][]byte // by the end of the name: ".db", "-files.db"
	err    error
}

// copyTo writes a copy of the SQLite database to the path, whose name ends in .db.
func (p *prepared) copyTo(t testing.TB, path string, company bool) {
	t.Helper()
	p.once.Do(func() { p.err = p.make(company) })
	if p.err != nil {
		t.Fatalf("prepare a database: %v", p.err)
	}
	for end, raw := range p.files {
		if err := os.WriteFile(strings.TrimSuffix(path, ".db")+end, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func (p *prepared) make(company bool) error {
	dir, err := os.MkdirTemp("", "yike-dbtest")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if p.people, err = fill(context.Background(), filepath.Join(dir, "p.db"), company); err != nil {
		return err
	}
	list, err := os.ReadDir(dir)
	p.files = map[string][]byte{}
	for _, f := range list {
		raw, fault := os.ReadFile(filepath.Join(dir, f.Name()))
		p.files[strings.TrimPrefix(f.Name(), "p")], err = raw, errors.Join(err, fault)
	}
	return err
}

// Open returns an empty SQLite database with the clock.
func Open(t testing.TB, clock *Clock) *db.DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "yike.db")
	emptyFile.copyTo(t, path, false)
	return open(t, path, clock)
}

// OpenPostgres returns an empty PostgreSQL database with the clock, or skips
// the test when there is no server to be had.
func OpenPostgres(t testing.TB, clock *Clock) *db.DB {
	t.Helper()
	return open(t, emptyPostgres.FreshDB(t), clock)
}

func open(t testing.TB, dsn string, clock *Clock) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), db.Config{DSN: dsn, Now: clock.Now, Key: db.OnlyKey(Key)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return d
}

// WriteCompany writes a SQLite database with the small company to the path,
// whose name ends in .db and is not there yet. Open it with [Key], and give the
// open database to [InCompany].
func WriteCompany(t testing.TB, path string) {
	t.Helper()
	companyFile.copyTo(t, path, true)
}

// InCompany is the small company in a database that [WriteCompany] wrote.
func InCompany(d *db.DB, clock *Clock) *World { return companyFile.people.in(d, clock) }

// Company returns the small company in a SQLite database of its own, with the clock.
func Company(t testing.TB, clock *Clock) *World {
	t.Helper()
	path := filepath.Join(t.TempDir(), "yike.db")
	WriteCompany(t, path)
	w := InCompany(open(t, path, clock), clock)
	w.Address = path
	return w
}

// CompanyPostgres is like [Company], on PostgreSQL, or skips the test when there
// is no server to be had.
func CompanyPostgres(t testing.TB, clock *Clock) *World {
	t.Helper()
	dsn := companyPostgres.FreshDB(t)
	w := peoplePostgres.in(open(t, dsn, clock), clock)
	w.Address = dsn
	return w
}

// Node is the same company as a second process has it open: another node on
// PostgreSQL, a command beside the product on SQLite.
func (w *World) Node(t testing.TB) *World {
	t.Helper()
	n := w.in(open(t, w.Address, w.Clock), w.Clock)
	n.Address = w.Address
	return n
}

// in is the same people in a copy.
func (w World) in(d *db.DB, clock *Clock) *World {
	w.DB, w.Clock, w.actors = d, clock, d.Actors()
	return &w
}

// Each runs a test on both engines, each with a company of its own.
func Each(t *testing.T, test func(t *testing.T, w *World)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, Company(t, NewClock(Start)))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, CompanyPostgres(t, NewClock(Start)))
	})
}

// Password is everybody's in the small company; Hash is its argon2id.
const Password = "correct-horse-9"

// Hash was made once with small costs, so that tests do not wait for it.
const Hash = "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$koLgFvZxodJy3o4TaZFwsL4SijZf86ym+AOGUZ00uqg"

// World is a small company: head office 总部, region 浙江 with branches 城西
// (HZ01) and 城东 (HZ02), region 江苏 with branch 鼓楼 (NJ01); and people.
type World struct {
	*db.DB
	Clock *Clock
	// Address is the file or postgres:// address; "" when the test opened it itself.
	Address string

	Head, Zhejiang, Jiangsu  int64
	West, East, Gulou        int64 // branches
	Admin, Chief             int64 // administrator, head-office manager
	RegionZJ                 int64 // regional manager of 浙江
	BossWest, BossEast       int64 // branch managers
	RepWest, RepWest2        int64 // sales reps of 城西
	ClerkWest, ClerkEast     int64 // service clerks
	CourierWest, AuditorHead int64
	actors                   *db.Actors
}

// Alone skips, in a short run, a long test whose work one goroutine does: the
// race detector has nothing to find in it and makes it twenty times as long.
func Alone(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("left out of a short run: long, and by one goroutine")
	}
}

// NewWorld builds the company in an empty database that the test itself opened;
// [Company] copies one, which is faster.
func NewWorld(t testing.TB, d *db.DB, clock *Clock) *World {
	t.Helper()
	w, err := build(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return w.in(d, clock)
}

// build makes the company in an empty database.
func build(ctx context.Context, d *db.DB) (w World, err error) {
	system := policy.SystemActor("test")
	must := func(id int64, fault error) int64 {
		err = errors.Join(err, fault)
		return id
	}
	w.Admin = must(d.SetUpCompany(ctx, system, db.SetUp{
		Company: "岚翎速递", HeadOffice: "总部", Branch: "城西网点", BranchCode: "HZ01", AreaCode: "0571",
		Admin: db.UserInput{Username: "admin", Name: "管理员", PasswordHash: Hash},
	}))
	for _, b := range d.Branches(ctx, system.Scope(policy.BranchRead)) {
		if b.ParentID == 0 {
			w.Head = b.ID
		} else {
			w.West = b.ID
		}
	}
	branch := func(parent int64, level, name, code, area string) int64 {
		return must(d.CreateBranch(ctx, system, db.BranchInput{ParentID: parent, Level: level, Name: name, Code: code, AreaCode: area}))
	}
	w.Zhejiang = branch(w.Head, db.LevelRegion, "浙江省区", "ZJ", "0571")
	w.Jiangsu = branch(w.Head, db.LevelRegion, "江苏省区", "JS", "025")
	w.East = branch(w.Zhejiang, db.LevelBranch, "城东网点", "HZ02", "0571")
	w.Gulou = branch(w.Jiangsu, db.LevelBranch, "鼓楼网点", "NJ01", "025")
	must(0, d.MoveBranch(ctx, system, w.West, w.Zhejiang))
	user := func(username, name string, branch int64, role policy.Role) int64 {
		return must(d.CreateUser(ctx, system, db.UserInput{Username: username, Name: name, BranchID: branch,
			PasswordHash: Hash, JoinedOn: "2024-01-01", Grants: []policy.Grant{{Role: role, Branch: branch}}}))
	}
	w.Chief = user("chief", "钱总", w.Head, policy.HeadOffice)
	w.AuditorHead = user("auditor", "审计员", w.Head, policy.Auditor)
	w.RegionZJ = user("region", "浙江经理", w.Zhejiang, policy.RegionalManager)
	w.BossWest = user("boss", "周明慧", w.West, policy.BranchManager)
	w.BossEast = user("boss2", "城东经理", w.East, policy.BranchManager)
	w.RepWest = user("rep", "沈雨桐", w.West, policy.SalesRep)
	w.RepWest2 = user("rep2", "周砚青", w.West, policy.SalesRep)
	w.ClerkWest = user("clerk", "林晓", w.West, policy.ServiceClerk)
	w.ClerkEast = user("clerk2", "何佳", w.East, policy.ServiceClerk)
	w.CourierWest = user("courier", "吴快递", w.West, policy.Courier)
	return w, err
}

// As returns the actor of a person.
func (w *World) As(t testing.TB, user int64) policy.Actor {
	t.Helper()
	s, err := w.actors.Actor(context.Background(), user)
	if err != nil {
		t.Fatal(err)
	}
	return s.Actor
}

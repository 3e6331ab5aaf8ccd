package handlers_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"yike/policy/signin"

	"yike/db"
	"yike/db/dbtest"
	"yike/handlers"
	"yike/policy"
)

// TestAStrangersGuessesHoldUpNobodyWhoWasHere: the name is locked for the
// stranger; where its owner has signed in before, it is not, nor the address.
func TestAStrangersGuessesHoldUpNobodyWhoWasHere(t *testing.T) {
	s := newSite(t)
	owner := s.as("boss")
	owner.post("/logout", nil)
	var last, unknown answer
	for range 8 {
		last = s.stranger().post("/login", url.Values{"username": {"boss"}, "password": {"guess"}})
		unknown = s.stranger().post("/login", url.Values{"username": {"nobody-here"}, "password": {"guess"}})
	}
	if last.status != 429 || unknown.status != 429 {
		t.Fatalf("not locked: %d %d", last.status, unknown.status)
	}
	if a, b := strings.ReplaceAll(last.body, "boss", "X"), strings.ReplaceAll(unknown.body, "nobody-here", "X"); excerpt(a) != excerpt(b) {
		t.Errorf("a name that exists is told from one that does not:\n%s\n%s", excerpt(a), excerpt(b))
	}
	if !strings.Contains(last.body, "再试") || !strings.Contains(last.body, "以前登录过的电脑") {
		t.Errorf("when it opens is not said: %s", excerpt(last.body))
	}
	if a := owner.post("/login", url.Values{"username": {"boss"}, "password": {dbtest.Password}}); a.status != 303 {
		t.Errorf("the owner's own browser: %d", a.status)
	}
	for i := range 12 {
		if a := owner.post("/login", url.Values{"username": {"rep"}, "password": {"guess"}}); i == 11 && a.status != 429 {
			t.Errorf("the same browser guesses a colleague's: %d", a.status)
		}
	}
	admin := s.as("admin")
	if a := admin.get("/users/" + id(s.BossWest) + "/edit"); !strings.Contains(a.body, "暂停登录") {
		t.Error("the person's page does not say that they are held back")
	}
	if a := s.as("boss2").post("/users/"+id(s.BossWest)+"/unlock", nil); a.status != 403 {
		t.Errorf("another branch's manager unlocks: %d", a.status)
	}
	if a := admin.post("/users/"+id(s.BossWest)+"/unlock", nil); a.status != 303 {
		t.Errorf("unlock: %d", a.status)
	}
	if a := s.stranger().post("/login", url.Values{"username": {"boss"}, "password": {dbtest.Password}}); a.status != 303 {
		t.Errorf("after unlocking: %d", a.status)
	}
}

// TestUnknownNamesTakeAsLong: SECURITY.md goal 6: a name that does not exist is
// answered after the same work as one that does.
func TestUnknownNamesTakeAsLong(t *testing.T) {
	dbtest.Alone(t)
	s := newSite(t)
	// Real passwords cost what the decoy costs; the small company's hash does not.
	ctx, admin := context.Background(), s.As(t, s.Admin)
	hash, err := handlers.HashPassword("plenty-Oak-42")
	if err != nil {
		t.Fatal(err)
	}
	u, err := s.User(ctx, admin.Scope(policy.UserRead), s.BossWest)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.UpdateUser(ctx, admin, u.ID, u.Version, db.UserInput{Username: u.Username, Name: u.Name, BranchID: u.BranchID, JoinedOn: u.JoinedOn, Grants: u.Grants, PasswordHash: hash}); err != nil {
		t.Fatal(err)
	}
	// The work is told by the memory that it asks for, nearly all of which is the
	// hash's: a duration would tell of whatever else the machine does.
	asks := func(name string) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if a := s.stranger().post("/login", url.Values{"username": {name}, "password": {"guess-at-it"}}); a.status != 422 {
			t.Fatalf("%s: %d", name, a.status)
		}
		runtime.ReadMemStats(&after)
		s.Clock.Move(time.Hour)
		return after.TotalAlloc - before.TotalAlloc
	}
	for range 3 {
		known, unknown := asks("boss"), asks("nobody-of-that-name")
		const hash = 46 << 20
		if known < hash || unknown < hash || known > unknown+hash/4 || unknown > known+hash/4 {
			t.Errorf("a known name asks for %d bytes, an unknown one for %d", known, unknown)
		}
	}
}

// TestFailedSignInsAreOnRecordWithoutWhatWasTyped: a password typed into the
// name field, or as a code, stands nowhere in the database.
func TestFailedSignInsAreOnRecordWithoutWhatWasTyped(t *testing.T) {
	dbtest.Alone(t)
	s := newSite(t)
	ctx := context.Background()
	const typed, tried, digits = "Gravel-Otter-19", "Velvet-Heron-27", "480159"
	for range 8 {
		s.stranger().post("/login", url.Values{"username": {typed}, "password": {tried}})
	}
	if a := s.stranger().post("/login", url.Values{"username": {"rep"}, "password": {tried}}); a.status != 422 {
		t.Fatalf("a wrong password: %d", a.status)
	}
	p := s.as("boss").enrol()
	s.Clock.Move(time.Minute)
	v := s.password("boss")
	if a := v.post("/login/code", url.Values{"code": {digits}}); a.status != 422 {
		t.Fatalf("a wrong code: %d", a.status)
	}
	v.post("/login/code", url.Values{"code": {p.next()}})
	v.post("/logout", nil)

	list, err := s.Audits(ctx, policy.SystemActor("test").Scope(policy.AuditRead), db.AuditFilter{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	type record struct {
		act     string
		subject int64
	}
	got := map[record]int{}
	for _, r := range list.Records {
		if r.Address == "" && strings.HasPrefix(r.Act, "session.") {
			t.Errorf("%s: no address", r.Act)
		}
		got[record{r.Act, r.Subject}]++
	}
	for _, want := range []record{{"session.refuse", 0}, {"session.lock", 0}, {"session.refuse", s.RepWest},
		{"session.refuse", s.BossWest}, {"session.start", s.BossWest}, {"session.end", s.BossWest}} {
		if got[want] == 0 {
			t.Errorf("%s about %d is not on record: %v", want.act, want.subject, got)
		}
	}

	file := filepath.Join(t.TempDir(), "copy.db")
	if err := s.BackupMain(ctx, file); err != nil {
		t.Fatal(err)
	}
	all, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{typed, tried, dbtest.Password, digits} {
		if strings.Contains(strings.ToLower(string(all)), strings.ToLower(secret)) {
			t.Errorf("%q stands in the database", secret)
		}
	}
	if !strings.Contains(string(all), "session.refuse") {
		t.Error("the copy does not hold the audit")
	}
}

// TestABrowserIsKnownByNothingButItsSignIn: the cookie that keeps a stranger's
// guesses from holding somebody up is nobody's to make: its hash, a made-up one
// or another's opens no counter of its own, and a new password forgets it.
func TestABrowserIsKnownByNothingButItsSignIn(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	cookie := func(v *visitor) string {
		t.Helper()
		at, err := url.Parse(s.url)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range v.client.Jar.Cookies(at) {
			if c.Name == "yike_device" {
				return c.Value
			}
		}
		t.Fatal("no cookie")
		return ""
	}
	mine, other := s.as("boss"), s.as("boss2")
	known := func(value, name string) bool {
		t.Helper()
		sum := sha256.Sum256([]byte("device:" + value))
		ok, err := s.KnownDevice(ctx, hex.EncodeToString(sum[:16]), signin.NameKey(name))
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if !known(cookie(mine), "boss") {
		t.Fatal("the browser is not known after a sign-in")
	}
	guess := func(value string) int {
		return s.stranger().post("/login", url.Values{"username": {"boss"}, "password": {"wrong-Kite-77"}}, "Cookie", "yike_device="+value).status
	}
	for range 12 {
		guess("")
	}
	sum := sha256.Sum256([]byte("device:" + cookie(mine)))
	for name, value := range map[string]string{"none": "", "a made-up one": strings.Repeat("A", 26), "the hash": hex.EncodeToString(sum[:16]), "another person's": cookie(other),
		"a longer one": cookie(mine) + "A", "a shorter one": cookie(mine)[:25], "small letters": strings.ToLower(cookie(mine))} {
		if got := guess(value); got != http.StatusTooManyRequests {
			t.Errorf("%s: %d, want the wait of strangers", name, got)
		}
	}
	if got := guess(cookie(mine)); got != http.StatusUnprocessableEntity {
		t.Errorf("the browser itself: %d", got)
	}
	if a := mine.post("/account/password", url.Values{"current": {dbtest.Password}, "password": {"saddle-Kite-77"}, "password2": {"saddle-Kite-77"}}); a.status != http.StatusSeeOther {
		t.Fatalf("a new password: %d\n%s", a.status, excerpt(a.body))
	}
	if known(cookie(mine), "boss") {
		t.Error("the browser is known after the password changed")
	}
	if got := guess(cookie(mine)); got != http.StatusTooManyRequests {
		t.Errorf("the browser after the change: %d", got)
	}
	if !known(cookie(other), "boss2") {
		t.Error("another's browser was forgotten")
	}
}

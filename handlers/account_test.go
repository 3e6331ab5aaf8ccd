package handlers_test

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/totp"
)

var (
	secretText   = regexp.MustCompile(`id="secret">([A-Z2-7 ]+)<`)
	recoveryText = regexp.MustCompile(`<li>([0-9a-z]{5}-[0-9a-z]{5})</li>`)
)

// phone is somebody's authenticator.
type phone struct {
	s      *site
	secret []byte
	codes  []string // recovery codes
}

// code is what the phone shows now.
func (p *phone) code() string { return totp.Code(p.secret, totp.Step(p.s.Clock.Now())) }

// next waits for the next code.
func (p *phone) next() string {
	p.s.Clock.Move(totp.Period)
	return p.code()
}

// enrol turns the second step of a signed-in person on, by the pages.
func (v *visitor) enrol() *phone {
	v.s.t.Helper()
	if a := v.post("/account/two-step/begin", nil); a.to() != "/account/two-step" {
		v.s.t.Fatalf("begin: %d to %q", a.status, a.to())
	}
	a := v.get("/account/two-step")
	m := secretText.FindStringSubmatch(a.body)
	if m == nil || !strings.Contains(a.body, "data:image/png;base64,") {
		v.s.t.Fatalf("no secret or picture: %s", excerpt(a.body))
	}
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(m[1], " ", ""))
	if err != nil {
		v.s.t.Fatal(err)
	}
	p := &phone{s: v.s, secret: secret}
	if a := v.post("/account/two-step", url.Values{"code": {p.code()}, "password": {"nope"}}); a.status != 422 || !strings.Contains(a.body, "密码不对") || recoveryText.MatchString(a.body) {
		v.s.t.Fatalf("turned on with a wrong password: %d", a.status)
	}
	a = v.post("/account/two-step", url.Values{"code": {p.code()}, "password": {dbtest.Password}})
	for _, m := range recoveryText.FindAllStringSubmatch(a.body, -1) {
		p.codes = append(p.codes, m[1])
	}
	if a.status != 200 || len(p.codes) != totp.RecoveryCodes {
		v.s.t.Fatalf("confirm: %d, %d recovery codes\n%s", a.status, len(p.codes), excerpt(a.body))
	}
	return p
}

// password takes a person to the second step.
func (s *site) password(name string) *visitor {
	s.t.Helper()
	v := s.stranger()
	if a := v.post("/login", url.Values{"username": {name}, "password": {dbtest.Password}, "next": {"/visits"}}); a.to() != "/login/code" {
		s.t.Fatalf("%s: %d to %q", name, a.status, a.to())
	}
	return v
}

// TestSigningInWithAPhone: the second step, its codes once, its recovery codes
// once, nobody else's (Gitea CVE-2026-20779).
func TestSigningInWithAPhone(t *testing.T) {
	s := newSite(t)
	boss := s.as("boss")
	if a := boss.post("/account/two-step/begin", nil); a.status != 303 {
		t.Fatal(a.status)
	}
	if a := boss.post("/account/two-step", url.Values{"code": {"000000"}}); a.status != 422 || !strings.Contains(a.body, "验证码不对") {
		t.Errorf("a wrong first code: %d", a.status)
	}
	p := boss.enrol()
	if a := boss.get("/account/two-step"); strings.Contains(a.body, totp.Text(p.secret)) || strings.Contains(a.body, p.codes[0]) {
		t.Error("the secret or a recovery code is shown again")
	}
	rep := s.as("rep").enrol()

	v := s.password("boss")
	if a := v.get("/visits"); !strings.HasPrefix(a.to(), "/login") {
		t.Errorf("the password alone opens a page: %d to %q", a.status, a.to())
	}
	if a := v.post("/login/code", url.Values{"code": {p.code()}}); a.status != 422 {
		t.Errorf("the code that turned it on: %d", a.status)
	}
	s.Clock.Move(totp.Period)
	if a := v.post("/login/code", url.Values{"code": {rep.code()}}); a.status != 422 {
		t.Errorf("a colleague's code: %d", a.status)
	}
	code := p.code()
	if a := v.post("/login/code", url.Values{"code": {code}}); a.to() != "/visits" {
		t.Fatalf("the right code: %d to %q\n%s", a.status, a.to(), excerpt(a.body))
	}
	if a := v.get("/visits"); a.status != 200 {
		t.Errorf("afterwards: %d", a.status)
	}
	again := s.password("boss")
	if a := again.post("/login/code", url.Values{"code": {code}}); a.status != 422 {
		t.Errorf("the same code again: %d", a.status)
	}
	if a := again.post("/login/code", url.Values{"code": {rep.codes[0]}}); a.status != 422 {
		t.Errorf("a colleague's recovery code: %d", a.status)
	}
	s.Clock.Move(time.Minute)
	if a := again.post("/login/code", url.Values{"code": {strings.ToUpper(p.codes[3])}}); a.to() != "/visits" {
		t.Fatalf("a recovery code: %d\n%s", a.status, excerpt(a.body))
	}
	if a := again.get("/account"); !strings.Contains(a.body, "还剩 9 个") {
		t.Error("how many recovery codes are left is not said")
	}
	if a := s.password("boss").post("/login/code", url.Values{"code": {p.codes[3]}}); a.status != 422 {
		t.Errorf("the recovery code again: %d", a.status)
	}

	// The second step waits five minutes, and for nobody without a password.
	late := s.password("boss")
	s.Clock.Move(6 * time.Minute)
	if a := late.post("/login/code", url.Values{"code": {p.code()}}); a.to() != "/login" {
		t.Errorf("six minutes later: %d to %q", a.status, a.to())
	}
	if a := s.stranger().post("/login/code", url.Values{"code": {p.code()}}); a.to() != "/login" {
		t.Errorf("a stranger: %d to %q", a.status, a.to())
	}
}

// TestSixDigitsCannotBeGuessed: who has the password gets no more tries at the
// code than at a password, whichever way round.
func TestSixDigitsCannotBeGuessed(t *testing.T) {
	s := newSite(t)
	s.as("boss").enrol()
	looked := 0
	for i := range 40 {
		v := s.stranger()
		a := v.post("/login", url.Values{"username": {"boss"}, "password": {dbtest.Password}})
		if a.to() != "/login/code" {
			continue
		}
		if a := v.post("/login/code", url.Values{"code": {fmt.Sprintf("%06d", i)}}); a.status == 422 {
			looked++
		}
	}
	if looked > 10 {
		t.Errorf("%d guesses were looked at", looked)
	}
}

// TestTheSecondStepIsChangedOnlyByItsOwner: turning it off asks for password
// and code; an administrator resets it only below himself.
func TestTheSecondStepIsChangedOnlyByItsOwner(t *testing.T) {
	s := newSite(t)
	boss := s.as("boss")
	p := boss.enrol()
	on := func() bool {
		m, err := s.TwoStepUsers(context.Background(), []int64{s.BossWest})
		if err != nil {
			t.Fatal(err)
		}
		return m[s.BossWest]
	}
	s.Clock.Move(totp.Period)
	for name, form := range map[string]url.Values{
		"without anything":         {},
		"with the password alone":  {"off_password": {dbtest.Password}},
		"with a wrong password":    {"off_password": {"nope"}, "off_code": {p.code()}},
		"with somebody's guess":    {"off_password": {dbtest.Password}, "off_code": {"123456"}},
		"with the other's field's": {"password": {dbtest.Password}, "code": {p.code()}},
	} {
		if a := boss.post("/account/two-step/off", form); a.status != 422 || !on() {
			t.Errorf("%s: %d, on %v", name, a.status, on())
		}
		s.Clock.Move(20 * time.Minute) // the tries are counted
	}
	a := boss.post("/account/two-step/codes", url.Values{"password": {dbtest.Password}, "code": {p.next()}})
	fresh := recoveryText.FindAllStringSubmatch(a.body, -1)
	if len(fresh) != totp.RecoveryCodes || slices.Contains(p.codes, fresh[0][1]) {
		t.Errorf("new recovery codes: %d %d", a.status, len(fresh))
	}
	for _, who := range []string{"rep", "boss2", "chief", "auditor"} {
		if a := s.as(who).post("/users/"+id(s.BossWest)+"/two-step", nil); a.status != 403 && a.status != 404 || !on() {
			t.Errorf("%s resets it: %d", who, a.status)
		}
	}
	admin := s.as("admin")
	if a := admin.get("/users/" + id(s.BossWest) + "/edit"); !strings.Contains(a.body, "重置两步验证") {
		t.Errorf("the person's page does not offer it: %d", a.status)
	}
	if a := admin.post("/users/"+id(s.BossWest)+"/two-step", nil); a.status != 303 || on() {
		t.Errorf("the administrator resets it: %d, on %v", a.status, on())
	}
	if a := boss.get("/account"); a.status != 303 {
		t.Errorf("the person's session goes on after the reset: %d", a.status)
	}
	p = s.as("boss").enrol()
	boss = s.password("boss")
	if a := boss.post("/login/code", url.Values{"code": {p.next()}}); a.status != 303 {
		t.Fatalf("sign in again: %d", a.status)
	}
	if a := boss.post("/account/two-step/off", url.Values{"off_password": {dbtest.Password}, "off_code": {p.next()}}); a.status != 303 || on() {
		t.Errorf("the owner turns it off: %d, on %v", a.status, on())
	}
}

// TestARoleMayAskForTheSecondStep: it holds at the next request, leads to
// turning it on before anything else, and cannot be turned off.
func TestARoleMayAskForTheSecondStep(t *testing.T) {
	s := newSite(t)
	boss, admin := s.as("boss"), s.as("admin")
	form := url.Values{"read": {"0"}, "reason": {"管客户资料的人"}}
	for _, role := range policy.Roles {
		form.Set("idle."+string(role), "60")
		form.Set("absolute."+string(role), "24")
	}
	form.Set("two_step.branch_manager", "1")
	form.Set("idle.courier", "2")
	if a := admin.post("/rules/signin", form); a.status != 422 || !strings.Contains(a.body, "填 5 到") {
		t.Errorf("two minutes: %d\n%s", a.status, excerpt(a.body))
	}
	form.Set("idle.courier", "5")
	for _, who := range []string{"boss", "chief", "region"} {
		if a := s.as(who).post("/rules/signin", form); a.status != 403 {
			t.Errorf("%s sets it: %d", who, a.status)
		}
	}
	if a := admin.post("/rules/signin", form); a.status != 303 {
		t.Fatalf("set: %d\n%s", a.status, excerpt(a.body))
	}
	if a := admin.post("/rules/signin", form); a.status != 422 || !strings.Contains(a.body, "刚才有人改过") {
		t.Errorf("a second administrator on the old version: %d", a.status)
	}
	for _, path := range []string{"/", "/visits", "/users", "/account"} {
		if a := boss.get(path); a.to() != "/account/two-step" {
			t.Errorf("%s: %d to %q", path, a.status, a.to())
		}
	}
	p := boss.enrol()
	if a := boss.get("/visits"); a.status != 200 {
		t.Errorf("once it is on: %d", a.status)
	}
	if a := boss.post("/account/two-step/off", url.Values{"off_password": {dbtest.Password}, "off_code": {p.next()}}); a.status != 403 {
		t.Errorf("turned off although asked for: %d", a.status)
	}
	s.Clock.Move(59 * time.Minute)
	if a := boss.get("/visits"); a.status != 200 {
		t.Errorf("59 minutes away: %d", a.status)
	}
	s.Clock.Move(61 * time.Minute)
	if a := boss.get("/visits?class=A"); a.to() != "/login?ended=idle&next=%2Fvisits%3Fclass%3DA" {
		t.Errorf("61 minutes away: %d to %q", a.status, a.to())
	}
	if a := boss.get("/login?ended=idle"); !strings.Contains(a.body, "太久没有操作") {
		t.Error("the sign-in page does not say why")
	}
	rep := s.as("rep")
	for range 24 {
		s.Clock.Move(58 * time.Minute)
		if a := rep.get("/visits"); a.status != 200 {
			t.Fatalf("busy within the day: %d", a.status)
		}
	}
	s.Clock.Move(58 * time.Minute)
	if a := rep.get("/visits"); !strings.HasPrefix(a.to(), "/login?ended=old") {
		t.Errorf("busy for more than a day: %d to %q", a.status, a.to())
	}
}

// TestOnesOwnSessions are listed, ended one by one and all at once; nobody
// ends another's.
func TestOnesOwnSessions(t *testing.T) {
	s := newSite(t)
	here := s.as("boss")
	var others []*visitor
	for range 3 {
		others = append(others, s.as("boss"))
	}
	rep := s.as("rep")
	a := here.get("/account")
	ids := regexp.MustCompile(`/account/sessions/(\d+)/end`).FindAllStringSubmatch(a.body, -1)
	if len(ids) != 3 || strings.Count(a.body, "这一台") != 1 || !strings.Contains(a.body, "127.0.0.1") {
		t.Fatalf("%d others listed\n%s", len(ids), excerpt(a.body))
	}
	if a := rep.post("/account/sessions/"+ids[0][1]+"/end", nil); a.status != 404 {
		t.Errorf("a colleague ends it: %d", a.status)
	}
	if a := here.post("/account/sessions/"+ids[0][1]+"/end", nil); a.status != 303 {
		t.Errorf("end one: %d", a.status)
	}
	alive := func() (n int) {
		for _, v := range others {
			if v.get("/visits").status == 200 {
				n++
			}
		}
		return n
	}
	if n := alive(); n != 2 {
		t.Errorf("%d of three live", n)
	}
	if a := here.post("/account/sessions/end", nil); a.status != 303 {
		t.Errorf("end all: %d", a.status)
	}
	if n := alive(); n != 0 {
		t.Errorf("%d live on", n)
	}
	if here.get("/visits").status != 200 || rep.get("/visits").status != 200 {
		t.Error("this session, or a colleague's, ended too")
	}
}

// TestAPlainReadWritesNothing: a copy of the database after thirty page reads is
// byte for byte the copy before them; one writing a minute then notes the use.
func TestAPlainReadWritesNothing(t *testing.T) {
	ctx, s := context.Background(), newSite(t)
	v := s.as("boss")
	v.get("/visits")
	snapshot := func() string {
		file := filepath.Join(t.TempDir(), "copy.db")
		if err := s.BackupMain(ctx, file); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%x", sha256.Sum256(b))
	}
	before := snapshot()
	for range 30 {
		s.Clock.Move(time.Minute)
		if a := v.get("/visits"); a.status != 200 {
			t.Fatal(a.status)
		}
	}
	if after := snapshot(); after != before {
		t.Error("thirty reads wrote something")
	}
	if n, err := s.FlushSeen(ctx); n != 1 || err != nil {
		t.Errorf("the minute's writing: %d %v", n, err)
	}
	if after := snapshot(); after == before {
		t.Error("the minute's writing is not seen: this test sees nothing")
	}
}

// TestRecoveryCodesAreNoWayToBurnTime: a recovery code costs a hash, so it is
// counted like a password before it is looked at; what cannot be one costs none.
func TestRecoveryCodesAreNoWayToBurnTime(t *testing.T) {
	s := newSite(t)
	s.as("boss").enrol()
	got := map[int]int{}
	pending := s.password("boss")
	for i := range 30 {
		got[pending.post("/login/code", url.Values{"code": {fmt.Sprintf("abcde-%05d", i)}}).status]++
	}
	if got[http.StatusUnprocessableEntity] > 10 || got[http.StatusTooManyRequests] < 20 {
		t.Errorf("thirty recovery codes: %v", got)
	}
	// Turning it on: a wrong code is refused without hashing ten new ones.
	v := s.as("clerk")
	v.post("/account/two-step/begin", nil)
	for range 3 {
		if a := v.post("/account/two-step", url.Values{"code": {"000000"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "验证码不对") {
			t.Errorf("a wrong first code: %d", a.status)
		}
	}
}

package desk

import (
	"encoding/base32"
	"regexp"
	"strings"
	"testing"

	"yike/db/dbtest"
	"yike/internal/e2e"
	"yike/policy/totp"
)

// TestSomebodySignsInWithAPhone: the second step is turned on from the page,
// asked for at the next sign-in, and the sessions elsewhere are ended; a hint
// that is put away stays away.
func TestSomebodySignsInWithAPhone(t *testing.T) {
	e2e.BothScreens(t, func(t *testing.T, view e2e.Viewport) {
		c := e2e.NewCompany(t)
		elsewhere := c.Window(t, "boss", view, e2e.Light)
		b := c.Window(t, "boss", view, e2e.Light)

		b.Go(c.URL + "/visits/due")
		b.WaitFor(`.hint-1`)
		b.Look("hint")
		b.Eval(`window.stays = true`, nil)
		b.Click(`.hint-1 button[type="submit"]`)
		b.WaitGone(`.hint-1`)
		var stays bool
		if b.Eval(`window.stays === true`, &stays); !stays { // what was chosen or typed would be gone with it
			t.Error("the page was loaded anew for a hint that is put away")
		}

		b.Go(c.URL + "/account/two-step")
		b.Look("two-step-off")
		b.ClickAndLoad(`form[action="/account/two-step/begin"] button[type="submit"]`)
		b.WaitFor(`#secret`)
		b.Look("two-step-qr")
		secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(b.Text("#secret"), " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		code := func() string { return totp.Code(secret, totp.Step(c.Clock.Now())) }
		b.Fill("code", code())
		b.Fill("password", dbtest.Password)
		b.ClickAndLoad(`form[action="/account/two-step"] button[type="submit"]`)
		b.WaitFor("#codes")
		recovery := regexp.MustCompile(`[0-9a-z]{5}-[0-9a-z]{5}`).FindAllString(b.Text("#codes"), -1)
		if len(recovery) != totp.RecoveryCodes {
			t.Fatalf("%d recovery codes: %q", len(recovery), b.Text("#codes"))
		}
		b.Look("recovery-codes")
		b.Go(c.URL + "/account/two-step")
		b.Look("two-step-on")

		// At the door: the password, then the phone, or one of the recovery codes.
		for i, second := range []func() string{code, func() string { return recovery[4] }} {
			b.Go(c.URL + "/account")
			b.Eval(`fetch("/logout", {method: "POST"}).then(r => r.ok)`, nil)
			c.Clock.Move(2 * totp.Period)
			c.SignIn(b, "boss", dbtest.Password)
			b.WaitURL("/login/code")
			if i == 0 {
				b.Look("code")
			}
			b.Fill("code", second())
			b.ClickAndLoad(`form[action="/login/code"] button[type="submit"]`)
			if strings.Contains(b.URL(), "/login") {
				t.Fatalf("not signed in: %s", b.Text("main"))
			}
		}

		b.Go(c.URL + "/account")
		b.Look("account")
		if n := b.Count("#sessions-table tbody tr"); n != 2 {
			t.Errorf("%d sessions, want this one and the one elsewhere", n)
		}
		b.ClickAndLoad(`form[action="/account/sessions/end"] button[type="submit"]`)
		if n := b.Count("#sessions-table tbody tr"); n != 1 {
			t.Errorf("%d sessions after the others were ended", n)
		}
		elsewhere.Go(c.URL + "/visits/due")
		elsewhere.WaitURL("/login")

		b.Go(c.URL + "/visits/due")
		if b.Count(`.hint-1`) != 0 {
			t.Error("the hint that was put away is back after signing in again")
		}
		b.Click(`.help-menu summary`)
		b.WaitText(`.help-b`, "怎么用")
		b.Look("help-menu")
		b.Go(c.URL + "/help")
		b.Look("help")
	})
}

package work

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/internal/e2e"
	"yike/policy"
)

// sideways writes a photograph as a phone held upright makes it: 1200 × 900 pixels that
// lie on their side, with a word of metadata that says so (orientation 6: turn clockwise)
// and one that nobody else need know. Its upper edge, once upright, is red.
func sideways(t *testing.T) string {
	t.Helper()
	pic := image.NewRGBA(image.Rect(0, 0, 1200, 900))
	for y := range 900 {
		for x := range 1200 {
			c := color.RGBA{uint8(40 + x/12), 120, uint8(40 + y/9), 255}
			if x < 120 {
				c = color.RGBA{230, 20, 20, 255}
			}
			pic.Set(x, y, c)
		}
	}
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, pic, nil); err != nil {
		t.Fatal(err)
	}
	// One directory of TIFF with the orientation and the maker's name.
	tiff := []byte("MM\x00\x2a\x00\x00\x00\x08\x00\x02" +
		"\x01\x0f\x00\x02\x00\x00\x00\x0a\x00\x00\x00\x26" + // make: 10 letters, at 38
		"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00" + // orientation: 6
		"\x00\x00\x00\x00" + "SECRETCAM\x00")
	exif := append([]byte("Exif\x00\x00"), tiff...)
	var file bytes.Buffer
	file.Write(plain.Bytes()[:2])
	file.Write([]byte{0xff, 0xe1})
	if err := binary.Write(&file, binary.BigEndian, uint16(len(exif)+2)); err != nil {
		t.Fatal(err)
	}
	file.Write(exif)
	file.Write(plain.Bytes()[2:])
	path := filepath.Join(t.TempDir(), "门头.jpg")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// visits are those of the small company, as its administrator sees them.
func visits(c *e2e.Company) []db.VisitRow {
	c.T.Helper()
	list, err := c.Visits(context.Background(), c.As(c.T, c.Admin).Scope(policy.VisitRead), db.VisitFilter{})
	if err != nil {
		c.T.Fatal(err)
	}
	return list.Rows
}

func TestAVisitIsLoggedOnThePhoneThroughALostConnection(t *testing.T) {
	c := e2e.NewCompany(t)
	at := c.Pinecone()
	b := c.Window(t, "rep", e2e.Phone, e2e.Light)
	b.Go(c.URL + at)
	b.ClickAndLoad(`.cact a[href^="/visits/new"]`)
	b.Look("visit new")

	// Three taps, one sentence, one photo. Then the phone is carried into the warehouse.
	b.Fill("mode", "on_site")
	b.Fill("mood", "good")
	b.Fill("learned", "仓库搬到二楼，下午四点前要派车")
	b.Upload("photos", sideways(t))
	b.WaitFor("[data-visit-shots] img")
	b.WaitText("[data-visit-state]", "存了草稿")
	b.Look("visit filled")
	b.Offline(true)
	send := `form[data-visit] button[type="submit"]`
	b.Click(send)
	b.WaitText("[data-visit-state]", "联网后自动发出")
	b.Look("visit waits")
	if n := len(visits(c)); n != 0 {
		t.Fatalf("%d visits without a connection", n)
	}
	var key string
	b.Eval(`document.querySelector('form[data-visit] [name="key"]').value`, &key)

	// Days later the session is over. Nothing is lost; after signing in it goes by itself.
	c.Clock.Move(97 * time.Hour)
	b.Offline(false)
	b.Go(c.URL + at)
	b.WaitURL("/login")
	if n := len(visits(c)); n != 0 {
		t.Fatalf("%d visits from somebody who is signed out", n)
	}
	b.Fill("username", "rep")
	b.Fill("password", "correct-horse-9")
	b.ClickAndLoad(`form[action="/login"] button[type="submit"]`)
	b.WaitText("#toasts", "拜访发出去了")
	list := visits(c)
	if len(list) != 1 || list[0].Mode != "on_site" || list[0].Mood != "good" || list[0].Learned != "仓库搬到二楼，下午四点前要派车" || list[0].PhotoCount != 1 {
		t.Fatalf("after the connection is back: %+v", list)
	}

	// The same form sent again, as by a phone that never heard the answer, changes nothing.
	rep := c.Client("rep")
	customer := at[strings.LastIndex(at, "/")+1:]
	if status, body := rep.Post("/visits", url.Values{"key": {key}, "customer": {customer}, "mode": {"on_site"}, "mood": {"good"},
		"learned": {"仓库搬到二楼，下午四点前要派车"}, "day": {"2026-11-21"}}); status != http.StatusSeeOther {
		t.Errorf("sent again: %d\n%s", status, body)
	}
	b.Reload()
	if n := len(visits(c)); n != 1 {
		t.Errorf("sent again: %d visits, want 1", n)
	}

	// The photo stands upright and says nothing of the phone.
	b.Go(c.URL + at)
	b.WaitText("#timeline", "仓库搬到二楼")
	b.Go(c.URL + "/visits/" + e2e.IDOf(list[0].ID))
	b.WaitFor(".visit-photos img")
	b.Look("visit")
	var href string
	b.Eval(`document.querySelector(".visit-photos a").getAttribute("href")`, &href)
	status, photo := rep.Get(href)
	if status != http.StatusOK {
		t.Fatalf("the photo answers %d", status)
	}
	pic, _, err := image.Decode(strings.NewReader(photo))
	if err != nil {
		t.Fatalf("the photo: %v", err)
	}
	if size := pic.Bounds().Size(); size.X >= size.Y {
		t.Errorf("the photo lies on its side: %v", size)
	}
	if r, g, _, _ := pic.At(pic.Bounds().Dx()/2, 8).RGBA(); r>>8 < 180 || g>>8 > 90 {
		t.Errorf("the upper edge of the photo is not the red one")
	}
	if strings.Contains(photo, "SECRETCAM") || strings.Contains(photo, "Exif") {
		t.Error("the photo still tells which phone took it")
	}
	other := c.Client("rep2")
	if status, _ := other.Get(href); status != http.StatusNotFound {
		t.Errorf("another rep gets the photo: %d", status)
	}
}

func TestWhatWasTypedOfAVisitOutlivesAReload(t *testing.T) {
	c := e2e.NewCompany(t)
	at := c.Pinecone()
	b := c.Window(t, "rep", e2e.Phone, e2e.Light)
	form := c.URL + "/visits/new?customer=" + at[strings.LastIndex(at, "/")+1:]
	b.Go(form)
	b.Fill("mode", "phone")
	b.Fill("learned", "要换联系人")
	b.WaitText("[data-visit-state]", "存了草稿")
	b.Upload("photos", sideways(t))
	b.WaitFor("[data-visit-shots] img")
	b.WaitText("[data-visit-state]", "存了草稿")
	b.Reload()
	b.WaitUntil("wait for the draft", `document.querySelector('[name="learned"]').value === "要换联系人"`)
	b.WaitFor("[data-visit-shots] img")

	// Somebody else who signs in on the same phone sees none of it.
	b.Click(".menu-user > summary")
	b.ClickAndLoad(`form[action="/logout"] button`)
	b.WaitURL("/login")
	c.SignIn(b, "boss", "correct-horse-9")
	b.Go(form)
	if got := b.Value("learned"); got != "" {
		t.Errorf("the next person on the phone reads %q", got)
	}

	// A visit without a sentence is asked for one.
	b.Click(`form[data-visit] button[type="submit"]`)
	b.WaitText(`form[data-visit] .err`, "一句话")
	b.Look("visit faults")
}

// The browser's store of photos may hang or be forbidden: the words must not wait for it.
func TestTheWordsOfAVisitNeedNoStoreOfPhotos(t *testing.T) {
	c := e2e.NewCompany(t)
	at := c.Pinecone()
	b := c.Window(t, "rep", e2e.Phone, e2e.Light)
	form := c.URL + "/visits/new?customer=" + at[strings.LastIndex(at, "/")+1:]
	b.Go(form)
	b.Eval(`IDBFactory.prototype.open = function () { return {}; }; null`, nil)
	b.Fill("mood", "good")
	b.Fill("learned", "月底对账")
	b.WaitText("[data-visit-state]", "存了草稿")
	b.Upload("photos", sideways(t))
	b.WaitFor("[data-visit-shots] img")
	b.WaitText("#toasts", "照片没能存在手机上")

	// What the phone did not keep is said after a reload; the words are there, and go.
	b.Reload()
	b.WaitUntil("wait for the draft", `document.querySelector('[name="learned"]').value === "月底对账"`)
	b.WaitText("#toasts", "有照片没读出来")
	b.Click(`form[data-visit] button[type="submit"]`)
	b.WaitURL(at)
	list := visits(c)
	if len(list) != 1 || list[0].Learned != "月底对账" || list[0].Mood != "good" || list[0].PhotoCount != 0 {
		t.Fatalf("sent: %+v", list)
	}
	b.Go(form)
	if got := b.Value("learned"); got != "" {
		t.Errorf("left on the phone: %q", got)
	}
}

func TestDueListCalendarAndCadence(t *testing.T) {
	e2e.BothScreens(t, func(t *testing.T, view e2e.Viewport) {
		c := e2e.NewCompany(t)
		c.Pinecone()
		ctx := context.Background()
		if _, err := c.CreateCustomer(ctx, c.As(t, c.BossWest), db.Submission{}, db.Customer{BranchID: c.West, Name: "义乌市北苑街道单氏进出口贸易及供应链管理服务有限责任公司",
			Kind: "enterprise", OwnerID: c.RepWest2, Class: "C", ClassReason: "每月 40 票", Stage: "new", Phones: []string{"13800001055"}}); err != nil {
			t.Fatal(err)
		}
		b := c.Window(t, "boss", view, e2e.Light)
		b.Go(c.URL + "/visits/due?state=all")
		b.WaitText("main", "松果母婴")
		b.Look("due")
		b.Go(c.URL + "/visits")
		b.Look("visits")
		b.Go(c.URL + "/visits?view=calendar")
		b.Look("calendar")
		b.Go(c.URL + "/visits?view=list")
		b.Look("visit list")
		if view.Touch { // the days fold away on a phone
			b.WaitGone(`[name="from"]`)
			b.Click(".visit-fold input")
			b.WaitFor(`[name="from"]`)
		}
		b.Go(c.URL + "/visits/new")
		b.Look("visit picker")
		b.Click(`main input[name="q"]`)
		b.Press("zzzz")
		b.WaitText("#visit-hits", "没有找到")
		b.Eval(`document.querySelector('main input[name="q"]').select()`, nil)
		b.Press("ssjck")
		b.WaitText("#visit-hits", "单氏进出口")

		chief := c.Window(t, "chief", view, e2e.Light)
		chief.Go(c.URL + "/rules/cadence")
		chief.Look("cadence")
		chief.Fill("per_month.a", "0")
		chief.Fill("reason", "")
		save := `form[action="/rules/cadence"] button[value="save"]`
		chief.ClickAndLoad(save)
		if chief.Status() != http.StatusUnprocessableEntity {
			t.Errorf("a rule without a reason answers %d, want 422", chief.Status())
		}
		chief.Look("cadence faults")
		chief.Fill("per_month.a", "6")
		chief.Fill("reason", "旺季多跑两趟")
		chief.ClickAndLoad(`form[action="/rules/cadence"] button[value="preview"]`)
		chief.WaitFor("main .note-soon")
		chief.Look("cadence preview")
		chief.ClickAndLoad(save)
		chief.WaitText("#versions", "旺季多跑两趟")
		chief.Look("cadence saved")
		chief.Go(c.URL + "/rules/cadence?branch=" + e2e.IDOf(c.West))
		chief.WaitText("main", "没有自己的规则")
		chief.Look("cadence branch")
	})
}

//go:build linux

package app

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
)

// send posts a form with one file, as a browser does.
func (p *person) send(at string, form map[string]string, field, name string, content []byte) (int, string) {
	p.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for k, v := range form {
		_ = w.WriteField(k, v)
	}
	part, err := w.CreateFormFile(field, name)
	if err != nil {
		p.t.Fatal(err)
	}
	_, _ = part.Write(content)
	_ = w.Close()
	res, err := p.http.Post(at, w.FormDataContentType(), &body)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// TestFaultTheDiskIsFullForFiles: a photo and an import have their bytes in a
// file of their own, written before the rows that name them. Wherever the room
// ends, there is no visit and no import, and the same form is taken afterwards.
func TestFaultTheDiskIsFullForFiles(t *testing.T) {
	folder, ctx := t.TempDir(), context.Background()
	platters := diskAt(t, folder)
	o := startOffice(t, Config{Data: folder})
	boss := o.as("boss")
	b, err := o.DB.Actors().Actor(ctx, firstBoss(t, o))
	if err != nil {
		t.Fatal(err)
	}
	client, err := o.DB.CreateCustomer(ctx, b.Actor, db.Submission{}, db.Customer{BranchID: b.User.BranchID, Name: "松果用品"})
	if err != nil {
		t.Fatal(err)
	}
	forms := map[string]func(n int) (int, string){
		"visits": func(n int) (int, string) {
			shot := image.NewRGBA(image.Rect(0, 0, 64, 48))
			shot.Set(n%64, n/64, color.White)
			var photo bytes.Buffer
			if err := png.Encode(&photo, shot); err != nil {
				t.Fatal(err)
			}
			return boss.send(o.url+"/visits", map[string]string{"customer": strconv.FormatInt(client, 10), "key": fmt.Sprintf("visit-on-a-full-disk-%d", n), "mode": "on_site", "mood": "good",
				"learned": "每天 300 票", "day": "2026-11-21"}, "photos", "a.png", photo.Bytes())
		},
		"imports": func(n int) (int, string) {
			return boss.send(o.url+"/imports", map[string]string{"kind": "customers", "branch": strconv.FormatInt(b.User.BranchID, 10)}, "file", "名单.csv",
				[]byte(fmt.Sprintf("客户名称,电话\n%d号满盘商行,1380000%04d\n", n, n)))
		},
	}
	rows := func(table string) int64 {
		counts, err := o.DB.Counts(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return counts[table]
	}
	for table, post := range forms {
		before, _ := platters.count()
		if status, body := post(0); status != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", table, status, titleOf(body))
		}
		after, _ := platters.count()
		refused := 0
		for point := range 12 {
			have := rows(table)
			platters.fail(point*(after-before)/12, diskFull, false)
			status, body := post(1 + point)
			switch {
			case status == http.StatusServiceUnavailable && strings.Contains(titleOf(body), "磁盘满了，没有保存"):
				if refused++; rows(table) != have {
					t.Errorf("%s, point %d: refused, and there is a row more", table, point)
				}
			case status != http.StatusSeeOther || rows(table) != have+1:
				t.Errorf("%s, point %d: %d %s, %d rows of %d", table, point, status, titleOf(body), rows(table), have)
			}
			platters.heal()
			if status == http.StatusSeeOther {
				continue
			}
			if status, body := post(1 + point); status != http.StatusSeeOther || rows(table) != have+1 {
				t.Errorf("%s, point %d: afterwards %d %s, %d rows of %d", table, point, status, titleOf(body), rows(table), have)
			}
		}
		if refused < 6 {
			t.Errorf("%s: only %d of 12 were refused", table, refused)
		}
		t.Logf("%s: %d writes and syncs, refused at %d of 12 points", table, after-before, refused)
	}
	if found, err := o.DB.Check(ctx); err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
	if _, err := o.DB.Customer(ctx, policy.SystemActor("test").Scope(policy.CustomerRead), client); err != nil {
		t.Error(err)
	}
}

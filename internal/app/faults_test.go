package app

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/static"
)

// What happens to a program that is left alone for years. The tests of this file
// are run by one command:
//
//	YIKE_FAULTS=full go test ./internal/app -run Fault -v
//
// which takes the numbers of the goals; without YIKE_FAULTS they are smaller.

// faultSize is a number of a goal, or the smaller one of an everyday run.
func faultSize(everyday, full int) int {
	if os.Getenv("YIKE_FAULTS") == "full" {
		return full
	}
	return everyday
}

// TestFaultTheClockJumps while the product runs and between two starts: nobody
// loses a session but by the rule, acts keep their order, and the program goes
// on when the clock is right again.
func TestFaultTheClockJumps(t *testing.T) {
	clock := dbtest.NewClock(dbtest.Start)
	folder := t.TempDir()
	o := startOffice(t, Config{Data: folder, Now: clock.Now})
	ctx := context.Background()
	newest := int64(0)
	act := func(what string) {
		t.Helper()
		s, err := o.DB.Actors().Actor(ctx, firstBoss(t, o))
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		id, err := o.DB.CreateCustomer(ctx, s.Actor, db.Submission{}, db.Customer{BranchID: s.User.BranchID, Name: "钟表客户" + what})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if id <= newest {
			t.Errorf("%s: the new client's id %d is not above %d", what, id, newest)
		}
		newest = id
	}
	boss := o.as("boss")
	still := func(what string, want int) {
		t.Helper()
		if status, _ := boss.get(o.url + "/customers"); status != want {
			t.Errorf("%s: status %d, want %d", what, status, want)
		}
	}
	act("起初")
	for _, step := range []struct {
		what string
		move time.Duration
		want int
	}{
		{"一小时后", time.Hour, http.StatusOK}, // less than the rule's limit for who does nothing
		{"又回去一小时", -time.Hour, http.StatusOK},
		{"前一天", -24 * time.Hour, http.StatusOK},
		{"又对了", 24 * time.Hour, http.StatusOK},
		{"十年后", 10 * 365 * 24 * time.Hour, http.StatusSeeOther}, // older than any session may be
	} {
		clock.Move(step.move)
		act(step.what)
		still(step.what, step.want)
	}
	o.as("boss") // the library of sessions has a clock of its own, the machine's: how long this one lasts is not seen here
	clock.Set(dbtest.Start.Add(time.Minute))
	act("十年前")
	boss = o.as("boss")
	still("登录于对的时间", http.StatusOK)
	if err := o.stop(); err != nil {
		t.Fatal(err)
	}
	for what, move := range map[string]time.Duration{"启动时慢一天": -24 * time.Hour, "启动时快十年": 10 * 365 * 24 * time.Hour} {
		clock.Set(dbtest.Start.Add(move))
		d, err := OpenDB(ctx, Config{Data: folder, Now: clock.Now, Key: dbtest.Key})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		o = &office{App: &App{DB: d}, t: t}
		act(what)
		r, err := d.CheckChain(ctx)
		if err != nil || !r.Whole() {
			t.Errorf("%s: the audit chain is not whole: %+v %v", what, r, err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

// firstBoss is the branch manager of the small company.
func firstBoss(t *testing.T, o *office) int64 {
	t.Helper()
	list, err := o.DB.Users(context.Background(), policy.SystemActor("test").Scope(policy.UserRead), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range list {
		if u.Username == "boss" {
			return u.ID
		}
	}
	t.Fatal("no boss")
	return 0
}

// TestFaultTheEndUnderLoad: the program is told to stop while people send forms
// without a pause. It ends within ten seconds, and what it did it has answered:
// there is nobody who was left without an answer to an act that was done.
func TestFaultTheEndUnderLoad(t *testing.T) {
	folder := t.TempDir()
	o := startOffice(t, Config{Data: folder})
	var wait sync.WaitGroup
	var mu sync.Mutex
	kept, sent := map[string]bool{}, atomic.Int64{}
	clients := faultSize(8, 32)
	for n := range clients {
		who := o.as([]string{"boss", "rep", "rep2", "clerk"}[n%4])
		who.http.Transport = &http.Transport{DisableKeepAlives: true} // nothing is sent into a connection that is being closed
		wait.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("停机客户%d号%d", n, i)
				form := url.Values{"name": {name}, "kind": {"enterprise"}, "phone": {fmt.Sprintf("139%02d%06d", n, i)}, "key": {fmt.Sprintf("submission-%d-%012d", n, i)}}
				status, _, err := who.try(http.MethodPost, o.url+"/customers", form)
				if err != nil {
					return // the door is closed
				}
				sent.Add(1)
				if status == http.StatusSeeOther {
					mu.Lock()
					kept[name] = true
					mu.Unlock()
				}
			}
		})
	}
	for until := time.Now().Add(time.Minute); sent.Load() < int64(5*clients) && time.Now().Before(until); {
		time.Sleep(5 * time.Millisecond)
	}
	began := time.Now()
	if err := o.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	took := time.Since(began)
	wait.Wait()
	if took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
	d, err := OpenDB(context.Background(), Config{Data: folder, Key: dbtest.Key})
	if err != nil {
		t.Fatal(err)
	}
	if d.Health().Unclean {
		t.Error("it did not stop in order")
	}
	stored := map[string]bool{}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	for name := range namesOf(t, folder) {
		if strings.HasPrefix(name, "停机客户") {
			stored[name] = true
		}
	}
	for name := range stored {
		if !kept[name] {
			t.Errorf("%s is stored and nobody was told", name)
		}
	}
	for name := range kept {
		if !stored[name] {
			t.Errorf("%s was acknowledged and is lost", name)
		}
	}
	t.Logf("%d clients, %d requests answered, %d clients kept, stopped in %s", clients, sent.Load(), len(kept), took)
}

// namesOf are all clients of a database that nobody serves.
func namesOf(t *testing.T, folder string) map[string]bool {
	t.Helper()
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "yike.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	rows, err := raw.Query(`SELECT name FROM customers`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		out[name] = true
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// dial opens a connection that the test closes at its end.
func dial(t *testing.T, o *office) net.Conn {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", strings.TrimPrefix(o.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// TestFaultSlowClients: hundreds who send their heads, their forms or read their
// answers as slowly as they can; everybody else is served meanwhile, and slow
// heads are cut.
func TestFaultSlowClients(t *testing.T) {
	o := startOffice(t, Config{})
	boss := o.as("boss")
	n := faultSize(40, 200)
	heads := make([]net.Conn, n)
	for i := range n {
		heads[i] = dial(t, o)
		_, _ = io.WriteString(heads[i], "GET /login HTTP/1.1\r\nHost: x\r\nX-Slow: ")
		form := dial(t, o)
		_, _ = io.WriteString(form, "POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\nusername=")
		reader := dial(t, o)
		_, _ = io.WriteString(reader, strings.Repeat("GET "+static.Path("vendor/echarts.min.js")+" HTTP/1.1\r\nHost: x\r\n\r\n", 8))
	}
	began, most, pages := time.Now(), time.Duration(0), 0
	drip := time.Now()
	for time.Since(began) < time.Duration(faultSize(3, 20))*time.Second {
		at := time.Now()
		if status, body := boss.get(o.url + "/customers"); status != http.StatusOK {
			t.Fatalf("a page meanwhile: %d %s", status, body)
		}
		most = max(most, time.Since(at))
		pages++
		if time.Since(drip) > time.Second {
			drip = time.Now()
			for _, c := range heads {
				_, _ = c.Write([]byte("x"))
			}
		}
	}
	if limit := time.Duration(faultSize(5, 1)) * time.Second; most > limit {
		t.Errorf("a page took %s, want less than %s", most, limit)
	}
	cut := 0
	for _, c := range heads { // all together have 30 seconds from the beginning
		_ = c.SetReadDeadline(began.Add(30 * time.Second))
		if _, err := io.Copy(io.Discard, c); err == nil {
			cut++
		}
	}
	if cut != n {
		t.Errorf("of %d slow heads %d were cut within 30 seconds", n, cut)
	}
	t.Logf("3 × %d slow clients: %d pages, the slowest %s, %d slow heads cut", n, pages, most, cut)
}

// TestFaultManyConnections: as many keep a line open as a large company has
// screens.
func TestFaultManyConnections(t *testing.T) {
	o := startOffice(t, Config{})
	boss := o.as("boss")
	n := faultSize(300, 2000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	lines := make([]net.Conn, n)
	for i := range n {
		lines[i] = dial(t, o)
		if _, err := io.WriteString(lines[i], "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range lines {
		_ = c.SetReadDeadline(time.Now().Add(time.Minute))
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("a line that waits: %v", err)
		}
	}
	runtime.ReadMemStats(&after)
	at := time.Now()
	if status, _ := boss.get(o.url + "/customers"); status != http.StatusOK {
		t.Errorf("a page meanwhile: %d", status)
	}
	each := float64(after.Sys-before.Sys) / float64(n) / 1024
	if each > 128 {
		t.Errorf("%.0f KiB a line", each)
	}
	t.Logf("%d lines, %.0f KiB each (both ends), a page meanwhile %s", n, each, time.Since(at))
}

// TestFaultAnUploadIsDroppedHalfWay: nothing of it stays, in the data folder or
// among the temporary files.
func TestFaultAnUploadIsDroppedHalfWay(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	o := startOffice(t, Config{})
	boss := o.as("boss")
	var head bytes.Buffer
	form := multipart.NewWriter(&head)
	_ = form.WriteField("kind", "customers")
	if _, err := form.CreateFormFile("file", "客户.csv"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		r, err := http.NewRequest(http.MethodPost, o.url+"/imports", io.MultiReader(bytes.NewReader(head.Bytes()), &halfBody{left: 3 << 20}))
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = 10 << 20
		r.Header.Set("Content-Type", form.FormDataContentType())
		if res, err := boss.http.Do(r); err == nil {
			_ = res.Body.Close()
			if res.StatusCode < 400 { // a refusal may still reach who dropped it
				t.Errorf("half an upload was answered with %d", res.StatusCode)
			}
		}
	}
	var left []string
	for until := time.Now().Add(20 * time.Second); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if left, _ = filepath.Glob(filepath.Join(temp, "yike-upload-*")); len(left) == 0 {
			break
		}
	}
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if status, body := boss.get(o.url + "/imports"); status != http.StatusOK || strings.Contains(body, "客户.csv") {
		t.Errorf("the list of imports: %d, half a file stands in it", status)
	}
}

// halfBody gives so many bytes and then an error, as a line that is cut.
type halfBody struct{ left int }

func (b *halfBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n := min(len(p), b.left)
	b.left -= n
	return n, nil
}

// TestFaultABodyOfTwoGibibytes is refused before it is taken in, whatever it is
// sent to, and costs no memory.
func TestFaultABodyOfTwoGibibytes(t *testing.T) {
	o := startOffice(t, Config{})
	boss := o.as("boss")
	for _, c := range []struct{ path, kind string }{
		{"/login", "application/x-www-form-urlencoded"}, {"/customers", "application/x-www-form-urlencoded"},
		{"/imports", "multipart/form-data; boundary=x"}, {"/visits", "multipart/form-data; boundary=x"}, {"/waybills/tracking", "multipart/form-data; boundary=x"},
	} {
		for _, told := range []bool{true, false} { // with its length in the head, and in chunks
			line := dial(t, o)
			_ = line.SetDeadline(time.Now().Add(2 * time.Minute))
			length := "Content-Length: 2147483648"
			if !told {
				length = "Transfer-Encoding: chunked"
			}
			at, _ := url.Parse(o.url)
			var cookies []string
			for _, k := range boss.http.Jar.Cookies(at) {
				cookies = append(cookies, k.Name+"="+k.Value)
			}
			_, _ = fmt.Fprintf(line, "POST %s HTTP/1.1\r\nHost: x\r\nCookie: %s\r\nContent-Type: %s\r\n%s\r\n\r\n", c.path, strings.Join(cookies, "; "), c.kind, length)
			var sent atomic.Int64
			go func() {
				block := make([]byte, 64<<10)
				for {
					var err error
					if told {
						_, err = line.Write(block)
					} else {
						_, err = fmt.Fprintf(line, "%x\r\n%s\r\n", len(block), block)
					}
					if err != nil || sent.Add(int64(len(block))) >= 2<<30 {
						return
					}
				}
			}()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			res, err := http.ReadResponse(bufio.NewReader(line), nil)
			runtime.ReadMemStats(&after)
			_ = line.Close()
			status := 0
			if err == nil {
				status = res.StatusCode
			}
			if most := int64(80 << 20); sent.Load() > most {
				t.Errorf("%s, length told %v: %d bytes were taken", c.path, told, sent.Load())
			}
			if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 64<<20 {
				t.Errorf("%s, length told %v: %d bytes of memory more", c.path, told, grown)
			}
			if err == nil && status < 400 {
				t.Errorf("%s, length told %v: answered with %d", c.path, told, status)
			}
			// The import's own page says so beside its field.
			if told && status != http.StatusRequestEntityTooLarge && (c.path != "/imports" || status != http.StatusUnprocessableEntity) {
				t.Errorf("%s: %d, %v: want a clear refusal", c.path, status, err)
			}
		}
	}
}

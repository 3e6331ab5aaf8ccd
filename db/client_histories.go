package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yike/policy"
	"yike/policy/classify"
	"yike/policy/day"
	"yike/policy/monthend"
)

// The history of a client (client_histories) says where it stood at the end of
// each month: its stage and the months in which it sent something by the rules
// and the parcels, worked out anew while parcels of those months come in; its
// class, kind and source as they stood then, once and for all. What is counted
// of it (client_moves) is written in the same transactions.

const (
	historyMonths = 24 // whole months that a first night goes back, and whose stages follow the parcels
	historyBatch  = 100
	historyChunk  = 500 // clients that are read at once
)

// historyRun is what was done for a branch.
type historyRun struct {
	first, month     int32
	freight, version int64
}

var errMoved = errors.New("a client moved meanwhile")

// KeepHistories notes where the clients of a branch stood at the ends of the
// months that are over, when a month ended or parcels of such months came in
// since. System only.
func (d *DB) KeepHistories(ctx context.Context, by policy.Actor, branch int64, on day.Day) (written int, err error) {
	if err := systemOnly(by); err != nil {
		return 0, err
	}
	for range 3 {
		n, err := d.keepHistories(ctx, branch, on)
		written += n
		if !errors.Is(err, errMoved) {
			return written, err
		}
	}
	return written, nil // the next night goes on
}

func (d *DB) keepHistories(ctx context.Context, branch int64, on day.Day) (written int, err error) {
	year, month, _ := on.MonthStart().AddMonths(-1).Date()
	last := monthend.Number(year, int(month))
	run, freight, err := d.beginHistories(ctx, branch, last)
	if err != nil || run.month >= last && run.freight == freight {
		return 0, err
	}
	n, err := d.historian(ctx, branch, run, last)
	if err != nil {
		return 0, err
	}
	for after := int64(0); ; {
		list, next, err := n.chunk(ctx, after)
		if err != nil {
			return written, err
		}
		for part := range slices.Chunk(list, historyBatch) {
			if err := d.aside(ctx, func(tx *Tx) error { return tx.writeHistories(ctx, branch, run, part) }); err != nil {
				return written, fmt.Errorf("histories of branch %d: %w", branch, err)
			}
			written += len(part)
		}
		if after = next; next == 0 {
			break
		}
	}
	err = d.aside(ctx, func(tx *Tx) error {
		if err := tx.holdHistories(ctx, branch, run.version); err != nil {
			return err
		}
		if err := tx.addMoves(ctx, branch, n.later); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `UPDATE client_history_runs SET month = $2, freight = $3 WHERE branch_id = $1`, branch, last, freight)
		return err
	})
	if err != nil {
		return written, fmt.Errorf("histories of branch %d: %w", branch, err)
	}
	return written, nil
}

// beginHistories reads what was done, and the version of the freight now.
func (d *DB) beginHistories(ctx context.Context, branch int64, last int32) (run historyRun, freight int64, err error) {
	err = d.one(ctx, condOf(`SELECT CAST(coalesce(SUM(version), 0) AS BIGINT) FROM freight_versions WHERE branch_id = ? AND month <= ?`, branch, monthend.Month(last)), &freight)
	if err == nil {
		err = d.aside(ctx, func(tx *Tx) error {
			if _, err := tx.exec(ctx, `INSERT INTO client_history_runs (branch_id, first, month, freight, version) VALUES ($1, $2, 0, 0, 1) ON CONFLICT (branch_id) DO NOTHING`, branch, last-historyMonths+1); err != nil {
				return err
			}
			run, err = historyRunOf(ctx, tx, branch)
			return err
		})
	}
	if err != nil {
		return run, 0, fmt.Errorf("histories of branch %d: %w", branch, err)
	}
	return run, freight, nil
}

// historyRunOf is the zero value where nothing was done yet.
func historyRunOf(ctx context.Context, q querier, branch int64) (run historyRun, err error) {
	err = q.QueryRowContext(ctx, `SELECT first, month, freight, version FROM client_history_runs WHERE branch_id = $1`, branch).Scan(&run.first, &run.month, &run.freight, &run.version)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return run, err
}

// historian works out the histories of a branch.
type historian struct {
	db      *DB
	branch  int64
	run     historyRun
	last    int32
	frames  []*classify.Frame // at the ends of the months from the first of which something is worked out to last
	readers []*figureReader
	later   monthend.Counts // of months that are not counted yet
}

func (d *DB) historian(ctx context.Context, branch int64, run historyRun, last int32) (*historian, error) {
	n := &historian{db: d, branch: branch, run: run, last: last, later: monthend.Counts{}}
	for at := last - historyMonths; at <= last; at++ {
		end := monthStart(at).MonthEnd()
		rules, err := d.ClassRules(ctx, branch, end.String())
		if err != nil {
			return nil, err
		}
		n.frames, n.readers = append(n.frames, rules.Frame(classify.Cuts{}, end)), append(n.readers, newFigureReader(end))
	}
	return n, nil
}

// kept is the history of a client as it was and as it is now.
type kept struct {
	customer int64
	was, now monthend.History
	text     string // of what was; "" = nothing
}

// fileNow is what a client's file says.
type fileNow struct {
	id, created int64
	words       [3]string // class, kind, source
}

var fileDims = [3]int{monthend.Class, monthend.Kind, monthend.Source}

func wordOr(w string) string {
	if w == "" {
		return monthend.None
	}
	return w
}

// chunk works out the next clients, and returns those whose history changes;
// next is where to go on, 0 at the end.
func (n *historian) chunk(ctx context.Context, after int64) (list []kept, next int64, err error) {
	var files []fileNow
	err = n.db.eachRow(ctx, `SELECT id, created_at, class, kind, source FROM customers WHERE branch_id = $1 AND deleted_at = 0 AND id > $2 ORDER BY id LIMIT `+strconv.Itoa(historyChunk), []any{n.branch, after},
		func(scan func(...any) error) error {
			var f fileNow
			err := scan(&f.id, &f.created, &f.words[0], &f.words[1], &f.words[2])
			files = append(files, f)
			return err
		})
	until := int64(1<<63 - 1)
	if len(files) == historyChunk {
		next = files[len(files)-1].id
		until = next
	}
	stored := map[int64]kept{}
	if err == nil {
		err = n.db.eachRow(ctx, `SELECT customer_id, packed FROM client_histories WHERE branch_id = $1 AND customer_id > $2 AND customer_id <= $3`, []any{n.branch, after, until}, func(scan func(...any) error) error {
			var k kept
			if err := scan(&k.customer, &k.text); err != nil {
				return err
			}
			var err error
			k.was, err = monthend.Parse(k.text)
			stored[k.customer] = k
			return err
		})
	}
	if err == nil {
		list, err = n.work(ctx, files, stored)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("histories of branch %d: %w", n.branch, err)
	}
	return list, next, nil
}

func (n *historian) work(ctx context.Context, files []fileNow, stored map[int64]kept) (list []kept, err error) {
	ids := make([]int64, len(files))
	for i, f := range files {
		ids[i] = f.id
	}
	months, past := map[int64][]monthRead{}, map[int64][]pastWord{}
	if len(ids) > 0 {
		if months, err = n.db.monthsOf(ctx, n.db.r, ids, day.Last); err != nil {
			return nil, err
		}
		if n.run.month >= n.last { // a late bill: of most clients all words are kept
			ids = slices.DeleteFunc(ids, func(id int64) bool { return stored[id].reaches(months[id]) })
		}
	}
	if len(ids) > 0 {
		if past, err = n.db.pastWords(ctx, ids); err != nil {
			return nil, err
		}
	}
	add := func(k kept) {
		n.later.Count(&k.now, max(n.run.first, n.run.month+1), n.last, 1)
		if k.now.String() != k.text {
			list = append(list, k)
		}
	}
	for _, f := range files {
		k := stored[f.id]
		delete(stored, f.id)
		k.customer = f.id
		k.now = k.was.Clone()
		if err := n.stand(ctx, &k, f, months[f.id], past[f.id]); err != nil {
			return nil, err
		}
		add(k)
	}
	gone, err := n.binned(ctx, stored)
	if err != nil {
		return nil, err
	}
	for id, k := range stored { // in the recycle bin: no client any more at the end of the month in which it was put there
		k.now = k.was.Clone()
		if at := max(n.run.month+1, gone[id]); at <= n.last {
			for dim := range k.now.Runs {
				k.now.Set(dim, at, "")
			}
		}
		add(k)
	}
	return list, nil
}

// binned says in which month each client was put into the recycle bin.
func (n *historian) binned(ctx context.Context, stored map[int64]kept) (map[int64]int32, error) {
	out := map[int64]int32{}
	if len(stored) == 0 || n.run.month >= n.last {
		return out, nil
	}
	ids := make([]int64, 0, len(stored))
	for id := range stored {
		ids = append(ids, id)
	}
	in := manySQL("id", ids)
	rows, err := n.db.query(ctx, cond{`SELECT id, deleted_at FROM customers WHERE deleted_at <> 0 AND ` + in.text, in.args})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, at int64
		if err := rows.Scan(&id, &at); err != nil {
			return nil, err
		}
		year, month, _ := day.At(timeOf(at), Zone).Date()
		out[id] = monthend.Number(year, int(month))
	}
	return out, rows.Err()
}

// stand works out one client.
func (n *historian) stand(ctx context.Context, k *kept, f fileNow, months []monthRead, past []pastWord) error {
	from := n.last - historyMonths
	k.now.First, k.now.Bits = 0, 0
	for _, m := range slices.Backward(months) {
		if m.last == 0 || m.at > n.last {
			continue
		}
		if k.now.First == 0 {
			k.now.First = m.at
		}
		k.now.Send(m.at)
	}
	year, month, _ := day.At(timeOf(f.created), Zone).Date()
	start := monthend.Number(year, int(month))
	if k.now.First > 0 {
		start = min(start, k.now.First)
	}
	if len(k.was.Runs[monthend.Stage]) > 0 {
		start = min(start, k.was.Runs[monthend.Stage][0].From)
	}
	for i, at := 0, from; at <= n.last; i, at = i+1, at+1 {
		if at < start {
			k.now.Set(monthend.Stage, at, "")
			continue
		}
		if !k.file(f, past, at, n.run.month) {
			k.now.Set(monthend.Stage, at, "")
			continue
		}
		var c classify.Client
		if err := n.client(ctx, f.id, n.readers[i], months, &c); err != nil {
			return err
		}
		k.now.Set(monthend.Stage, at, n.frames[i].Stage(&c))
	}
	return nil
}

// reaches says that what is kept of a client's file begins no later than its
// parcels do.
func (k kept) reaches(months []monthRead) bool {
	runs := k.was.Runs[monthend.Class]
	return len(runs) > 0 && !slices.ContainsFunc(months, func(m monthRead) bool { return m.last > 0 && m.at < runs[0].From })
}

// file notes what a client's file said at the end of a month: what was kept of the
// months that are done, which is never told otherwise later, else what the file and
// its changes tell, also of the months before it was opened. False says that it lay
// in the recycle bin then.
func (k *kept) file(f fileNow, past []pastWord, at, done int32) (there bool) {
	words := wordsAt(f, past, dayStart(monthStart(at).MonthEnd().Add(1)))
	there = true
	for i, dim := range fileDims {
		word := wordOr(words[i])
		if k.knows(dim, at, done) {
			word = k.was.At(dim, at)
			there = word != ""
		}
		k.now.Set(dim, at, word)
	}
	return there
}

// knows says that something is kept of a month.
func (k *kept) knows(dim int, at, done int32) bool {
	runs := k.was.Runs[dim]
	return at <= done && len(runs) > 0 && runs[0].From <= at
}

// client is somebody as of the end of a month.
func (n *historian) client(ctx context.Context, id int64, r *figureReader, months []monthRead, c *classify.Client) (err error) {
	last := day.None
	for _, m := range months {
		if m.at > r.month {
			continue
		}
		if m.last > 0 {
			last = monthStart(m.at).Add(m.last - 1)
		} else if !m.known {
			last, err = lastParcelOf(ctx, n.db.r, id, r.on)
		}
		if last.Valid() || err != nil {
			break
		}
	}
	if r.months(months, last, c); !last.Valid() {
		c.First = day.None
	}
	return err
}

// pastWord is what a file said until an instant.
type pastWord struct {
	at   int64
	dim  int // of fileDims
	word string
}

// pastWords are the changes of what files say, of each the latest first.
func (d *DB) pastWords(ctx context.Context, ids []int64) (map[int64][]pastWord, error) {
	out := map[int64][]pastWord{}
	err := d.eachRow(ctx, d.amongSQL(`SELECT ch.customer_id, a.at, ch.fields FROM changes ch JOIN audits a ON a.id = ch.audit_id WHERE ch.entity = 'customers' AND ch.kind = 'update' AND ch.customer_id `, 1, len(ids), ` ORDER BY ch.customer_id, ch.id DESC`),
		idArgs(ids), func(scan func(...any) error) error {
			var id, at int64
			var text string
			if err := scan(&id, &at, &text); err != nil {
				return err
			}
			for i, column := range [3]string{"class", "kind", "source"} {
				if !strings.Contains(text, `"`+column+`":[`) {
					continue
				}
				var fields map[string]json.RawMessage
				var was [2]any
				if err := json.Unmarshal([]byte(text), &fields); err != nil {
					return err
				}
				if json.Unmarshal(fields[column], &was) != nil {
					continue
				}
				if word, ok := was[0].(string); ok {
					out[id] = append(out[id], pastWord{at, i, word})
				}
			}
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("changes of clients: %w", err)
	}
	return out, nil
}

// wordsAt is what a file said just before an instant; before it was opened it
// had no class.
func wordsAt(f fileNow, past []pastWord, instant int64) [3]string {
	words := f.words
	for _, p := range past {
		if p.at >= instant {
			words[p.dim] = p.word
		}
	}
	if f.created >= instant {
		words[0] = ""
	}
	return words
}

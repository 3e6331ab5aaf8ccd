package db

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"yike/policy/waybill"
)

// What a bill's staged rows say is read beside whoever writes it, so that of
// the two processors a PC has neither waits for the other.

// billStep is how many staged rows are read and written at once.
const billStep = 500

// billRow is a staged row of a bill, read.
type billRow struct {
	n      int64
	sheet  string // where it stands in the file, for an error
	row    int
	update bool          // it corrects a parcel
	record *ImportRecord // by which
	target int64         // and which
	w      Waybill       // the new parcel; where its client stands now, and who sent it, is found when it is written
	sender string        // key of the sender of a new parcel that is of nobody on file
}

// billBatch is some rows, or why there are none.
type billBatch struct {
	rows []billRow
	err  error
}

// billRows reads the rows that are to be written, from one number on, beside
// whoever writes them. stop ends it.
func (d *DB) billRows(ctx context.Context, m Import, from int64) (rows <-chan billBatch, stop func()) {
	ctx, stop = context.WithCancel(ctx)
	out := make(chan billBatch, 8)
	go func() {
		defer close(out)
		r := billReader{db: d, m: m, midnights: map[string]int64{}}
		for {
			var b billBatch
			if b.rows, b.err = r.some(context.WithoutCancel(ctx), from); b.err == nil && len(b.rows) == 0 {
				return
			}
			select {
			case out <- b:
			case <-ctx.Done():
				return
			}
			if b.err != nil {
				return
			}
			from = b.rows[len(b.rows)-1].n
		}
	}()
	return out, stop
}

// billReader reads one bill.
type billReader struct {
	db        *DB
	m         Import
	midnights midnights
}

var billRowsSQL = `SELECT n, sheet, row, verdict = 'update', record, target_id FROM import_rows WHERE import_id = $1 AND n > $2 AND verdict IN ('create','update') ORDER BY n LIMIT ` + strconv.Itoa(billStep)

// some reads the next rows. A context that can end would cost the driver a
// goroutine for each row.
func (r *billReader) some(ctx context.Context, from int64) ([]billRow, error) {
	rows, err := r.db.fr.QueryContext(ctx, billRowsSQL, r.m.ID, from)
	if err != nil {
		return nil, fmt.Errorf("rows of import %d: %w", r.m.ID, err)
	}
	defer rows.Close()
	out := make([]billRow, 0, billStep)
	var text string
	for rows.Next() {
		out = append(out, billRow{})
		b := &out[len(out)-1]
		err := rows.Scan(&b.n, &b.sheet, &b.row, &b.update, &text, &b.target)
		switch {
		case err != nil:
		case b.update:
			b.record = &ImportRecord{}
			err = b.record.read(text)
		default:
			var s said
			var k ImportRecord
			if err = s.read(text, &k); err == nil {
				r.parcel(&s, &k, b)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("rows of import %d: %w", r.m.ID, err)
		}
	}
	return out, rows.Err()
}

// parcel makes of a record the parcel that it brings.
func (r *billReader) parcel(s *said, k *ImportRecord, b *billRow) {
	w := &b.w
	w.Number, w.BranchID, w.CustomerID, w.BoundBy, w.ImportID, w.Version = s.v[saidWaybill], r.m.BranchID, k.Customer, k.By, r.m.ID, 1
	s.lay(w, r.midnights)
	if w.CustomerID == 0 {
		b.sender = waybill.Key(w.Sender, w.SenderContact, w.SenderPhone)
	}
}

// said is what a record says of a parcel, by the fields of policy/intake, each
// at its place.
type said struct{ v [saidFields]string }

// The places.
const (
	saidWaybill = iota
	saidOrder
	saidName
	saidContact
	saidAccount
	saidAddress
	saidPhone // the first
	saidReceiver
	saidReceiverPhone
	saidProvince
	saidCity
	saidContents
	saidDay
	saidPicked
	saidSigned
	saidPicker
	saidDeliverer
	saidWeight
	saidVolume
	saidPieces
	saidFreight
	saidProduct
	saidPayment
	saidStatus
	saidException
	saidRemark
	saidFields
)

var saidAt = map[string]int{"waybill": saidWaybill, "order": saidOrder, "name": saidName, "contact": saidContact, "account_no": saidAccount, "address": saidAddress,
	"receiver": saidReceiver, "receiver_phone": saidReceiverPhone, "province": saidProvince, "city": saidCity, "contents": saidContents, "day": saidDay, "picked": saidPicked,
	"signed": saidSigned, "picker": saidPicker, "deliverer": saidDeliverer, "weight": saidWeight, "volume": saidVolume, "pieces": saidPieces, "freight": saidFreight,
	"product": saidProduct, "payment": saidPayment, "status": saidStatus, "exception": saidException, "remark": saidRemark}

// read takes what a staged record's text says of a parcel; the rest of the
// record goes into k.
func (s *said) read(text string, k *ImportRecord) error {
	rest, plain := strings.CutPrefix(text, plainMark)
	if !plain {
		if err := k.read(text); err != nil {
			return err
		}
		*s = saidOf(k)
		return nil
	}
	return eachPart(rest, func(name, v string) error {
		var err error
		switch name {
		case plainPhone:
			if s.v[saidPhone] == "" {
				s.v[saidPhone] = v
			}
		case plainCustomer:
			k.Customer, err = strconv.ParseInt(v, 10, 64)
		case plainBy:
			k.By = v
		case plainVersion:
			k.Version, err = strconv.ParseInt(v, 10, 64)
		default:
			if at, is := saidAt[name]; is {
				s.v[at] = v
			}
		}
		return err
	})
}

// saidOf is what a record says of a parcel.
func saidOf(r *ImportRecord) (s said) {
	r.each(func(f, v string) {
		if at, is := saidAt[f]; is {
			s.v[at] = v
		}
	})
	if len(r.Phones) > 0 {
		s.v[saidPhone] = r.Phones[0]
	}
	return s
}

// lay lays what was said over a parcel: what was left empty, or shows only the
// ends of, stays as it is.
func (s *said) lay(w *Waybill, m midnights) {
	set := func(to *string, at int) {
		if v := s.v[at]; v != "" && (*to == "" || !strings.Contains(v, "*")) {
			*to = v
		}
	}
	num := func(to *int64, at int) {
		if v := s.v[at]; v != "" {
			if n, err := strconv.ParseInt(v, 10, 64); err == nil {
				*to = n
			}
		}
	}
	set(&w.OrderNo, saidOrder)
	set(&w.Sender, saidName)
	set(&w.SenderContact, saidContact)
	set(&w.SenderAccount, saidAccount)
	set(&w.SenderAddress, saidAddress)
	if v := s.v[saidPhone]; v != "" {
		w.SenderPhone = v
	}
	set(&w.Receiver, saidReceiver)
	set(&w.ReceiverPhone, saidReceiverPhone)
	set(&w.Province, saidProvince)
	set(&w.City, saidCity)
	set(&w.Contents, saidContents)
	w.time(&w.SentAt, sentDayOnly, s.v[saidDay], m)
	w.time(&w.PickedAt, pickedDayOnly, s.v[saidPicked], m)
	w.time(&w.SignedAt, signedDayOnly, s.v[saidSigned], m)
	if day := s.v[saidDay]; day != "" {
		w.SentDay = day[:len("2026-11-21")]
	}
	set(&w.Picker, saidPicker)
	set(&w.Deliverer, saidDeliverer)
	num(&w.Weight, saidWeight)
	num(&w.Volume, saidVolume)
	num(&w.Pieces, saidPieces)
	num(&w.Freight, saidFreight)
	set(&w.Product, saidProduct)
	set(&w.Payment, saidPayment)
	if was := w.State; s.v[saidStatus] != "" {
		w.State = s.v[saidStatus]
		if w.Exception == waybill.ExceptionOf(was) {
			w.Exception = waybill.ExceptionOf(w.State) // the state's own
		}
	}
	set(&w.Exception, saidException)
	set(&w.Remark, saidRemark)
	if w.Pieces <= 0 {
		w.Pieces = 1
	}
}

// time sets one of the times. A day does not take the place of a time of that
// same day.
func (w *Waybill) time(to *int64, bit int64, when string, m midnights) {
	if len(when) < len("2026-11-21") {
		return
	}
	day, clock := when[:len("2026-11-21")], when[len("2026-11-21"):]
	at, ok := m.of(day)
	if !ok || clock == "" && *to != 0 && Day(time.UnixMilli(*to)) == day {
		return
	}
	only := bit
	if clock != "" {
		after, ok := clockMillis(clock)
		if !ok {
			return
		}
		at, only = at+after, 0
	}
	*to, w.DayOnly = at, w.DayOnly&^bit|only
}

// midnights are when days begin, in unix milliseconds: a bill names the same
// ones over and over. nil remembers none.
type midnights map[string]int64

const mostMidnights = 4000

func (m midnights) of(day string) (int64, bool) {
	if at, known := m[day]; known {
		return at, true
	}
	t, err := time.ParseInLocation(time.DateOnly, day, Zone)
	if err != nil {
		return 0, false
	}
	if m != nil && len(m) < mostMidnights {
		m[strings.Clone(day)] = t.UnixMilli()
	}
	return t.UnixMilli(), true
}

// clockMillis reads " 15:04:05" as milliseconds since midnight.
func clockMillis(s string) (int64, bool) {
	if len(s) != len(" 15:04:05") || s[0] != ' ' || s[3] != ':' || s[6] != ':' {
		return 0, false
	}
	two := func(i int) int64 { return int64(s[i]-'0')*10 + int64(s[i+1]-'0') }
	for _, i := range []int{1, 2, 4, 5, 7, 8} {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	h, m, sec := two(1), two(4), two(7)
	return ((h*60+m)*60 + sec) * 1000, h < 24 && m < 60 && sec < 60
}

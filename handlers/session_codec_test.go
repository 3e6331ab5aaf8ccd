package handlers

import (
	"maps"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

func TestASessionIsReadAsItWasWritten(t *testing.T) {
	deadline := time.UnixMilli(1_795_500_000_123)
	for name, values := range map[string]map[string]any{
		"nothing":   {},
		"a session": {"user": int64(math.MaxInt64), "since": int64(1_795_400_000_000), "stamp": "0a1b", "address": "192.168.1.7", "agent": "浏览器"},
		"the edges": {"": "", "low": int64(math.MinInt64), "zero": int64(0), "long": strings.Repeat("话", 10_000)},
	} {
		b, err := sessionCodec{}.Encode(deadline, values)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		at, got, err := sessionCodec{}.Decode(b)
		if err != nil || !at.Equal(deadline) || !maps.Equal(got, values) {
			t.Errorf("%s: %v %v %v", name, at, got, err)
		}
		again, err := sessionCodec{}.Encode(at, got)
		if err != nil || string(again) != string(b) {
			t.Errorf("%s is written in another way the second time: %v", name, err)
		}
		for n := 1; n < min(len(b), 200); n++ { // cut off anywhere: fewer values, or an error; never others
			_, part, err := sessionCodec{}.Decode(b[:n])
			for k, v := range part {
				if err == nil && values[k] != v {
					t.Errorf("%s, cut after %d bytes: %s is %v", name, n, k, v)
				}
			}
		}
	}
	if _, err := (sessionCodec{}).Encode(deadline, map[string]any{"user": 7}); err == nil {
		t.Error("a number that is no int64 is taken, and would be lost")
	}
}

func TestASessionOfAnOlderProgramGoesOn(t *testing.T) {
	deadline, values := time.UnixMilli(1_795_500_000_000).UTC(), map[string]any{"user": int64(42), "stamp": "0a1b"}
	b, err := scs.GobCodec{}.Encode(deadline, values)
	if err != nil {
		t.Fatal(err)
	}
	at, got, err := sessionCodec{}.Decode(b)
	if err != nil || !at.Equal(deadline) || !maps.Equal(got, values) {
		t.Errorf("%v %v %v", at, got, err)
	}
	for _, broken := range [][]byte{nil, {0}, []byte("x"), {sessionMark}, {sessionMark, 2, 200}} {
		if _, got, err := (sessionCodec{}).Decode(broken); err == nil && len(got) > 0 {
			t.Errorf("%v is read as %v", broken, got)
		}
	}
}

package db

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"testing"

	"yike/policy"
)

func openWithKey(t *testing.T, path string, source KeySource) *DB {
	t.Helper()
	d, err := Open(context.Background(), Config{DSN: path, Key: source})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func TestASealedSecretOpensOnlyWhereItWasPut(t *testing.T) {
	d := openWithKey(t, filepath.Join(t.TempDir(), "a.db"), OnlyKey(NewKey()))
	other := openWithKey(t, filepath.Join(t.TempDir(), "b.db"), OnlyKey(NewKey()))
	sealed, err := d.sealSecret("totp", 7, []byte("JBSWY3DP"))
	if err != nil {
		t.Fatal(err)
	}
	again, _ := d.sealSecret("totp", 7, []byte("JBSWY3DP"))
	if again == sealed {
		t.Error("the same secret sealed twice looks the same")
	}
	bent := []byte(sealed)
	bent[len(bent)/2] ^= 1
	for name, c := range map[string]struct {
		d       *DB
		purpose string
		row     int64
		sealed  string
		want    error
	}{
		"where it was put":             {d, "totp", 7, sealed, nil},
		"another row":                  {d, "totp", 8, sealed, ErrSealed},
		"another purpose":              {d, "smtp", 7, sealed, ErrSealed},
		"another database's key":       {other, "totp", 7, sealed, ErrSealed},
		"a bent letter":                {d, "totp", 7, string(bent), ErrSealed},
		"half of it":                   {d, "totp", 7, sealed[:len(sealed)/2], ErrSealed},
		"nothing":                      {d, "totp", 7, "", ErrSealed},
		"a text that was never sealed": {d, "totp", 7, "JBSWY3DP", ErrSealed},
	} {
		plain, err := c.d.openSecret(c.purpose, c.row, c.sealed)
		if !errors.Is(err, c.want) || (c.want == nil) != (err == nil) || err == nil && string(plain) != "JBSWY3DP" {
			t.Errorf("%s: %q, %v, want %v", name, plain, err, c.want)
		}
	}
}

func TestAClientsKeyIsMadeOnceAndDestroyedForGood(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "a.db")
	d := openWithKey(t, path, OnlyKey(NewKey()))
	seal := func(customer int64) (out string) {
		if err := d.write(ctx, func(tx *Tx) (err error) {
			out, err = tx.sealFor(ctx, customer, "changes", 5, []byte("13800001054"))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return out
	}
	one, two, other := seal(1), seal(1), seal(2)
	var keys int
	if err := d.r.QueryRowContext(ctx, `SELECT count(*) FROM customer_keys`).Scan(&keys); err != nil || keys != 2 {
		t.Errorf("%d keys for two clients, %v", keys, err)
	}
	for _, s := range []string{one, two} {
		if plain, err := d.openFor(ctx, 1, "changes", 5, s); err != nil || string(plain) != "13800001054" {
			t.Errorf("open: %q, %v", plain, err)
		}
	}
	if _, err := d.openFor(ctx, 1, "changes", 5, other); !errors.Is(err, ErrSealed) {
		t.Errorf("one client's key opens another's value: %v", err)
	}
	if _, err := d.openFor(ctx, 3, "changes", 5, one); !errors.Is(err, ErrSealed) {
		t.Errorf("a client without a key: %v", err)
	}
	if err := d.write(ctx, func(tx *Tx) error { return tx.destroyKey(ctx, 1) }); err != nil {
		t.Fatal(err)
	}
	if _, err := d.openFor(ctx, 1, "changes", 5, one); !errors.Is(err, ErrErased) {
		t.Errorf("after the key is gone: %v", err)
	}
	err := d.write(ctx, func(tx *Tx) error { _, err := tx.sealFor(ctx, 1, "changes", 6, []byte("x")); return err })
	if !errors.Is(err, ErrErased) {
		t.Errorf("a new key for an erased client: %v", err)
	}
	if plain, err := d.openFor(ctx, 2, "changes", 5, other); err != nil || string(plain) != "13800001054" {
		t.Errorf("another client's value after it: %q, %v", plain, err)
	}
}

func TestAMissingOrWrongKeyNeverStopsTheProductNorMakesANewOne(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "a.db")
	right := NewKey()
	d := openWithKey(t, path, OnlyKey(right))
	sealed, err := d.sealSecret("totp", 7, []byte("s"))
	if err != nil {
		t.Fatal(err)
	}
	name, err := d.Installation(ctx)
	if err != nil || len(name) != 16 {
		t.Fatalf("installation %q, %v", name, err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	fault := errors.New("no such file")
	for _, c := range []struct {
		name   string
		source KeySource
		want   KeyState
		fault  error
	}{
		{"nobody brings a key", nil, KeyMissing, nil},
		{"the file is not there", func(string, bool) ([][]byte, error) { return nil, fault }, KeyMissing, fault},
		{"another database's key", OnlyKey(NewKey()), KeyWrong, nil},
		{"a key too short", OnlyKey([]byte("short")), KeyWrong, nil},
		{"the right one again", OnlyKey(right), KeyGood, nil},
		{"the right one second", func(string, bool) ([][]byte, error) { return [][]byte{NewKey(), right}, nil }, KeyGood, nil},
	} {
		asked := false
		d := openWithKey(t, path, func(installation string, used bool) ([][]byte, error) {
			asked = true
			if installation != name || !used {
				t.Errorf("%s: asked for the key of %q, used %v", c.name, installation, used)
			}
			if c.source == nil {
				return nil, nil
			}
			return c.source(installation, used)
		})
		state, why := d.KeyState()
		if !asked || state != c.want || c.fault != nil && !errors.Is(why, c.fault) {
			t.Errorf("%s: %s, %v, want %s", c.name, state, why, c.want)
		}
		plain, err := d.openSecret("totp", 7, sealed)
		if c.want == KeyGood && (err != nil || string(plain) != "s") || c.want != KeyGood && !errors.Is(err, ErrNoKey) {
			t.Errorf("%s: %q, %v", c.name, plain, err)
		}
		if err := d.SetMeta(ctx, "company", "still written"); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestANewKeyFileOpensWhatTheOldOneSealed(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "a.db")
	was, now := NewKey(), NewKey()
	d := openWithKey(t, path, OnlyKey(was))
	secret, err := d.sealSecret("totp", 7, []byte("s"))
	var personal string
	if err == nil {
		err = d.write(ctx, func(tx *Tx) (err error) {
			personal, err = tx.sealFor(ctx, 1, "changes", 5, []byte("p"))
			return err
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := d.RotateKey(ctx, policy.SystemActor("test"), NewKey(), now); !errors.Is(err, ErrNoKey) {
		t.Errorf("rotated with a key that is not in use: %v", err)
	}
	if err := d.RotateKey(ctx, policy.SystemActor("test"), was, now); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if state, _ := openWithKey(t, path, OnlyKey(was)).KeyState(); state != KeyWrong {
		t.Errorf("the former key still opens it: %s", state)
	}
	d = openWithKey(t, path, OnlyKey(now))
	a, err := d.openSecret("totp", 7, secret)
	b, err2 := d.openFor(ctx, 1, "changes", 5, personal)
	if err != nil || err2 != nil || !bytes.Equal(a, []byte("s")) || !bytes.Equal(b, []byte("p")) {
		t.Errorf("%q %v, %q %v", a, err, b, err2)
	}
}

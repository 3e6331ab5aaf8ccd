package db

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"yike/policy"
)

// Sealing. Three keys stand one behind the other:
//
//	the key file   outside the data folder and every back-up; opens only
//	company key    in meta, made once; seals secrets and customer keys
//	customer keys  one a client, made when first needed; seal personal values;
//	               and those of optional fields, one a person (sensitive.go)
//
// So that a new key file means one new row, and that erasing a client means
// destroying one key. Everything is AES-256-GCM; what a value is for and whose
// row it belongs to is part of what is authenticated, so that a sealed value
// copied to another place does not open there.
var (
	// ErrNoKey: the key file is missing or is not this database's; what is
	// sealed cannot be read, and nothing can be sealed.
	ErrNoKey = errors.New("the key file is missing or is another database's")
	// ErrErased: the client's key was destroyed; what it sealed is gone.
	ErrErased = errors.New("erased")
	// ErrSealed: the value is damaged, or stands where it was not put.
	ErrSealed = errors.New("the sealed value does not open")
)

// KeySize is the length of the key in a key file, in bytes.
const KeySize = 32

// NewKey returns a key for a key file.
func NewKey() []byte {
	key := make([]byte, KeySize)
	_, _ = rand.Read(key) // never fails since Go 1.24
	return key
}

// KeySource brings the keys that may open the database, the likeliest first.
// installation names the database; used says that it already holds a key
// sealed by an earlier one, so that a fresh key would open nothing and must
// not be made.
type KeySource func(installation string, used bool) ([][]byte, error)

// OnlyKey is the source of one key that is already at hand.
func OnlyKey(key []byte) KeySource {
	return func(string, bool) ([][]byte, error) { return [][]byte{key}, nil }
}

// sealer is what an opened company key can do.
type sealer struct {
	secrets cipher.AEAD // company secrets
	wraps   cipher.AEAD // customer keys
	marks   []byte      // vouches for the audit chain (audit_chain.go)
}

const (
	metaInstallation = "installation" // 16 hex digits, drawn at the first start
	metaCompanyKey   = "company_key"  // sealed with the key file's key
)

// sealVersion stands before every sealed value.
const sealVersion = 1

func aead(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("db: key of a wrong length: " + err.Error()) // every caller checks or derives it
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic("db: " + err.Error()) // only for another block size
	}
	return gcm
}

func newSealer(company []byte) *sealer {
	derive := func(purpose string) []byte {
		key, err := hkdf.Key(sha256.New, company, nil, "yike "+purpose, KeySize)
		if err != nil {
			panic("db: " + err.Error()) // only for a length beyond the hash's
		}
		return key
	}
	return &sealer{secrets: aead(derive("secrets")), wraps: aead(derive("customer keys")), marks: derive("audit chain")}
}

// bind names what a value is for and whose row it belongs to.
func bind(purpose string, row int64) []byte {
	return []byte("yike\x00" + purpose + "\x00" + strconv.FormatInt(row, 10))
}

func sealWith(a cipher.AEAD, plain, bound []byte) []byte {
	out := make([]byte, 1+a.NonceSize(), 1+a.NonceSize()+len(plain)+a.Overhead())
	out[0] = sealVersion
	_, _ = rand.Read(out[1:]) // never fails since Go 1.24
	return a.Seal(out, out[1:], plain, bound)
}

func openWith(a cipher.AEAD, sealed, bound []byte) ([]byte, error) {
	n := 1 + a.NonceSize()
	if len(sealed) < n || sealed[0] != sealVersion {
		return nil, ErrSealed
	}
	plain, err := a.Open(nil, sealed[1:n], sealed[n:], bound)
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// KeyState says how the key of the database stands.
type KeyState string

// The states of the key.
const (
	KeyGood    KeyState = "good"
	KeyMissing KeyState = "missing" // no key file at hand
	KeyWrong   KeyState = "wrong"   // a key file of another database
)

// KeyState returns how the key stands, with the fault of the source if it had
// one. Without a good key the product serves; what is sealed is not readable.
func (d *DB) KeyState() (KeyState, error) { return d.keyState, d.keyFault }

// Installation returns the database's own name, 16 hex digits.
func (d *DB) Installation(ctx context.Context) (string, error) { return d.Meta(ctx, metaInstallation) }

// openKeys finds the company key, making it when there was never one.
func (d *DB) openKeys(ctx context.Context, source KeySource) error {
	var name, company string
	draw := func(tx *Tx, key, value string) (bool, error) {
		n, err := tx.exec(ctx, `INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING`, key, value)
		return n == 1, err
	}
	read := func(key string) (string, error) {
		value, err := d.Meta(ctx, key)
		if errors.Is(err, ErrNotFound) {
			return "", nil
		}
		return value, err
	}
	var err error
	if name, err = read(metaInstallation); err == nil && name == "" {
		fresh := make([]byte, 8)
		_, _ = rand.Read(fresh) // never fails since Go 1.24
		err = d.write(ctx, func(tx *Tx) error {
			_, err := draw(tx, metaInstallation, hex.EncodeToString(fresh))
			return err
		})
		if err == nil {
			name, err = read(metaInstallation) // another node may have been faster
		}
	}
	if err != nil {
		return fmt.Errorf("name of the installation: %w", err)
	}
	if company, err = read(metaCompanyKey); err != nil {
		return err
	}
	if company == "" {
		if err := d.startChain(ctx, name); err != nil {
			return err
		}
	}
	d.keyState = KeyMissing
	if source == nil {
		return nil
	}
	var keys [][]byte
	if keys, d.keyFault = source(name, company != ""); d.keyFault != nil || len(keys) == 0 {
		return nil
	}
	for _, k := range keys {
		if len(k) != KeySize {
			d.keyState, d.keyFault = KeyWrong, fmt.Errorf("a key of %d bytes, not %d", len(k), KeySize)
			return nil
		}
	}
	if company == "" {
		fresh := NewKey()
		err := d.write(ctx, func(tx *Tx) error {
			if drawn, err := draw(tx, metaCompanyKey, sealText(aead(keys[0]), fresh, bind("company key", 0))); err != nil || !drawn {
				return err
			}
			return tx.signStart(ctx, newSealer(fresh))
		})
		if err != nil {
			return fmt.Errorf("company key: %w", err)
		}
		if company, err = read(metaCompanyKey); err != nil {
			return err
		}
	}
	for i, k := range keys {
		if plain, err := openText(aead(k), company, bind("company key", 0)); err == nil {
			d.seals, d.keyState, d.keyAt = newSealer(plain), KeyGood, i
			return nil
		}
	}
	d.keyState = KeyWrong
	return nil
}

// KeyUsed returns which of the source's keys opened the database, counting
// from 0.
func (d *DB) KeyUsed() int { return d.keyAt }

// RotateKey seals the company key with another key file's key. Nothing else
// has to be sealed anew. was is the key in use; ErrNoKey when it is not.
func (d *DB) RotateKey(ctx context.Context, by policy.Actor, was, now []byte) error {
	if len(was) != KeySize || len(now) != KeySize {
		return fmt.Errorf("rotate the key: %w", ErrNoKey)
	}
	return d.act(ctx, by, "key.rotate", func(tx *Tx) error {
		var company string
		err := tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = $1`, metaCompanyKey).Scan(&company)
		if err != nil {
			return fmt.Errorf("rotate the key: %w", err)
		}
		plain, err := openText(aead(was), company, bind("company key", 0))
		if err != nil {
			return fmt.Errorf("rotate the key: %w", ErrNoKey)
		}
		return tx.setMeta(ctx, metaCompanyKey, sealText(aead(now), plain, bind("company key", 0)))
	})
}

func sealText(a cipher.AEAD, plain, bound []byte) string {
	return base64.RawStdEncoding.EncodeToString(sealWith(a, plain, bound))
}

func openText(a cipher.AEAD, sealed string, bound []byte) ([]byte, error) {
	b, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, ErrSealed
	}
	return openWith(a, b, bound)
}

// sealSecret seals a secret that belongs to no client: a TOTP secret, a token,
// a password of the SMTP server. purpose is a fixed word of the caller's
// ("totp"), row the id of the row that it stands in. ErrNoKey without a key.
func (d *DB) sealSecret(purpose string, row int64, plain []byte) (string, error) {
	if d.seals == nil {
		return "", fmt.Errorf("seal %s of %d: %w", purpose, row, ErrNoKey)
	}
	return sealText(d.seals.secrets, plain, bind(purpose, row)), nil
}

// openSecret opens what sealSecret sealed for the same purpose and row.
// ErrNoKey without a key, ErrSealed when it does not open.
func (d *DB) openSecret(purpose string, row int64, sealed string) ([]byte, error) {
	if d.seals == nil {
		return nil, fmt.Errorf("open %s of %d: %w", purpose, row, ErrNoKey)
	}
	plain, err := openText(d.seals.secrets, sealed, bind(purpose, row))
	if err != nil {
		return nil, fmt.Errorf("open %s of %d: %w", purpose, row, err)
	}
	return plain, nil
}

// customerAEAD unwraps a client's key; nil when there is none yet. ErrErased
// when it was destroyed.
func (d *DB) customerAEAD(ctx context.Context, row *sql.Row, customer int64) (cipher.AEAD, error) {
	if d.seals == nil {
		return nil, ErrNoKey
	}
	var wrapped []byte
	var erased int64
	err := row.Scan(&wrapped, &erased)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if erased != 0 {
		return nil, ErrErased
	}
	if len(wrapped) == 0 {
		return nil, nil // taken away with a contact; another is made when needed
	}
	key, err := openWith(d.seals.wraps, wrapped, bind("customer key", customer))
	if err != nil {
		return nil, err
	}
	return aead(key), nil
}

const selectCustomerKey = `SELECT wrapped, erased_at FROM customer_keys WHERE customer_id = $1`

func (tx *Tx) customerAEAD(ctx context.Context, customer int64) (cipher.AEAD, error) {
	stmt, err := tx.prepared(ctx, selectCustomerKey)
	if err != nil {
		return nil, err
	}
	return tx.db.customerAEAD(ctx, stmt.QueryRowContext(ctx, customer), customer)
}

// sealFor seals a personal value of a client with the client's own key, making
// the key when it is the first. purpose and row as for sealSecret. ErrNoKey
// without a key file, ErrErased once the client was erased.
func (tx *Tx) sealFor(ctx context.Context, customer int64, purpose string, row int64, plain []byte) (string, error) {
	a, err := tx.customerAEAD(ctx, customer)
	if err == nil && a == nil {
		var n int64
		key := NewKey()
		n, err = tx.exec(ctx, `INSERT INTO customer_keys (customer_id, wrapped, created_at) VALUES ($1, $2, $3) ON CONFLICT (customer_id)
			DO UPDATE SET wrapped = excluded.wrapped WHERE length(customer_keys.wrapped) = 0 AND customer_keys.erased_at = 0`,
			customer, sealWith(tx.db.seals.wraps, key, bind("customer key", customer)), tx.now())
		if err == nil && n == 1 {
			a = aead(key)
		} else if err == nil { // on PostgreSQL another act was faster
			if a, err = tx.customerAEAD(ctx, customer); err == nil && a == nil {
				err = ErrConflict
			}
		}
	}
	if err != nil {
		return "", fmt.Errorf("seal %s of customer %d: %w", purpose, customer, err)
	}
	return sealText(a, plain, bind(purpose, row)), nil
}

func openFor(a cipher.AEAD, err error, customer int64, purpose string, row int64, sealed string) ([]byte, error) {
	var plain []byte
	if err == nil && a == nil {
		err = ErrSealed // nothing was ever sealed for this client
	}
	if err == nil {
		plain, err = openText(a, sealed, bind(purpose, row))
	}
	if err != nil {
		return nil, fmt.Errorf("open %s of customer %d: %w", purpose, customer, err)
	}
	return plain, nil
}

// openFor opens what sealFor sealed for the same client, purpose and row.
// ErrNoKey, ErrErased, or ErrSealed when it does not open.
func (d *DB) openFor(ctx context.Context, customer int64, purpose string, row int64, sealed string) ([]byte, error) {
	a, err := d.customerAEAD(ctx, d.r.QueryRowContext(ctx, selectCustomerKey, customer), customer)
	return openFor(a, err, customer, purpose, row, sealed)
}

// destroyKey makes everything that was sealed for a client unreadable, for
// good, and lets no other key be made. The former bytes are written over
// before the row is marked, so that they do not linger in a free page.
func (tx *Tx) destroyKey(ctx context.Context, customer int64) error {
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO customer_keys (customer_id, wrapped, created_at, erased_at) VALUES ($1, $2, $3, $3)
		ON CONFLICT (customer_id) DO UPDATE SET wrapped = excluded.wrapped, erased_at = excluded.erased_at`,
		customer, make([]byte, 1+12+KeySize+16), tx.now()); err != nil {
		return fmt.Errorf("destroy the key of customer %d: %w", customer, err)
	}
	return nil
}

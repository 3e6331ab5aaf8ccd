package handlers

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/alexedwards/argon2id"
	"golang.org/x/crypto/argon2"

	"yike/policy/totp"
)

// hashing is what a password costs: 46 MiB and one pass of argon2id, the
// second row of OWASP's table; two at once, so that a burst of sign-ins after
// a holiday cannot take the machine's memory.
var hashing = &argon2id.Params{Memory: 46 * 1024, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

const maxHashing = 2

// decoyHash is compared when there is no such user, so that the answer takes as
// long. It is written down because making one takes as long as a sign-in, at
// every start; a test holds it to the parameters above.
const decoyHash = "$argon2id$v=19$m=47104,t=1,p=1$UO3JsgDRgR1LW/JJfxrthA$fO88IVVMOovCKl61XDewBoaqI6Y+KkJu5Hjv8jLF/iE"

// HashPassword returns the argon2id hash of a password.
func HashPassword(password string) (string, error) {
	hash, err := argon2id.CreateHash(password, hashing)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return hash, nil
}

// matches compares a password with a hash, waiting for its turn.
func (h *Handlers) matches(ctx context.Context, password, hash string) (bool, error) {
	select {
	case h.hashing <- struct{}{}:
		defer func() { <-h.hashing }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if hash == "" { // destroyed with the rest of a leaver's account
		_, err := argon2id.ComparePasswordAndHash(password, decoyHash)
		return false, err
	}
	ok, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("compare password: %w", err)
	}
	return ok, nil
}

// hash is HashPassword, waiting for its turn.
func (h *Handlers) hash(ctx context.Context, password string) (string, error) {
	select {
	case h.hashing <- struct{}{}:
		defer func() { <-h.hashing }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	return HashPassword(password)
}

// hashRecovery returns what is kept of a recovery code: argon2id with the
// first row of OWASP's table and the person's salt, so that one typed code is
// looked for with one hash.
func (h *Handlers) hashRecovery(ctx context.Context, code, salt string) (string, error) {
	select {
	case h.hashing <- struct{}{}:
		defer func() { <-h.hashing }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	return hex.EncodeToString(argon2.IDKey([]byte(totp.FoldRecovery(code)), []byte(salt), 2, 19*1024, 1, 20)), nil
}

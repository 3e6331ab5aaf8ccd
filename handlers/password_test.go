package handlers

import (
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"
)

func TestTheDecoyCostsWhatAPasswordCosts(t *testing.T) {
	hash, err := HashPassword("twelve letters")
	if err != nil {
		t.Fatal(err)
	}
	costs := func(hash string) string { return hash[:strings.LastIndex(hash[:strings.LastIndex(hash, "$")], "$")] }
	if costs(decoyHash) != costs(hash) || len(decoyHash) != len(hash) {
		t.Errorf("the decoy is %s, a hash %s", decoyHash, hash)
	}
	if ok, err := argon2id.ComparePasswordAndHash("", decoyHash); ok || err != nil {
		t.Errorf("the decoy matches nothing: %v, %v", ok, err)
	}
}

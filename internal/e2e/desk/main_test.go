// Package desk holds journeys of those who keep the house in order: setting up, branches,
// people and roles, signing in, handing over, revealing a number.
package desk

import (
	"os"
	"testing"

	"yike/internal/e2e"
)

func TestMain(m *testing.M) {
	code := m.Run()
	e2e.Close()
	os.Exit(code)
}

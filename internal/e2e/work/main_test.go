// Package work holds journeys of the daily work: cases, visits, greetings, forms, classes,
// the radar, parcels and payments.
package work

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

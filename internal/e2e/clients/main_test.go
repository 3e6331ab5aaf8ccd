// Package clients holds journeys through the files of clients: entering, finding, narrowing
// and importing them, the carrier's bill, and what a client agreed to.
package clients

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

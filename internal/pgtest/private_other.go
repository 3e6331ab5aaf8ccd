//go:build !unix

package pgtest

// startPrivate starts no server here: without unix accounts and sockets, a test takes the
// server that YIKE_TEST_POSTGRES names.
func startPrivate() (string, error) { return "", ErrMissing }

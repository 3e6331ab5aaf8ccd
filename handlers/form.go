package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"yike/db"
)

// readForm parses a posted form within the route's bound. Fields are then
// read by name (field), never decoded into a row.
func readForm(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			return err
		}
		return fmt.Errorf("%w: %w", errBadRequest, err)
	}
	return nil
}

// field returns a posted value without blanks around it and without the
// characters that no keyboard sends; bytes that are no text become none.
func field(r *http.Request, name string) string { return clean(r.PostFormValue(name)) }

// fields returns every posted value of a name, cleaned, the empty ones left out.
func fields(r *http.Request, name string) []string {
	var out []string
	for _, v := range r.PostForm[name] {
		if v = clean(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// query returns a value of the address, cleaned.
func query(r *http.Request, name string) string { return clean(r.URL.Query().Get(name)) }

func clean(v string) string {
	if !utf8.ValidString(v) {
		v = strings.ToValidUTF8(v, "")
	}
	v = strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return -1
		}
		return c
	}, strings.ReplaceAll(v, "\r\n", "\n"))
	return strings.TrimSpace(v)
}

// pathID reads an id of the address; ErrNotFound when it is none.
func pathID(r *http.Request, name string) (int64, error) {
	id := db.ParseID(r.PathValue(name))
	if id == 0 {
		return 0, fmt.Errorf("id %q: %w", r.PathValue(name), db.ErrNotFound)
	}
	return id, nil
}

// formInt reads a posted whole number; ok is false when there is something
// that is none. Empty is 0.
func formInt(r *http.Request, name string) (n int64, ok bool) {
	v := field(r, name)
	if v == "" {
		return 0, true
	}
	n, err := strconv.ParseInt(v, 10, 64)
	return n, err == nil
}

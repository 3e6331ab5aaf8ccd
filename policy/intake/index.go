package intake

import "yike/policy/dedupe"

// Index is a Lookup in memory, for a caller that reads its customers once
// before a file rather than once per row. It keeps what it is given; not for
// writing by several goroutines.
type Index struct {
	all []Known
	by  map[Key]map[string][]int32
}

// NewIndex is an empty Index.
func NewIndex() *Index {
	return &Index{by: map[Key]map[string][]int32{KeyName: {}, KeyPhone: {}, KeyCode: {}, KeyAccount: {}, KeyCredit: {}}}
}

// Add puts a customer into the index.
func (x *Index) Add(k Known) {
	i := int32(len(x.all))
	x.all = append(x.all, k)
	put := func(key Key, v string) {
		if v != "" {
			x.by[key][v] = append(x.by[key][v], i)
		}
	}
	put(KeyName, dedupe.FoldName(k.Values["name"]))
	put(KeyCode, k.Values["code"])
	put(KeyAccount, k.Values["account_no"])
	put(KeyCredit, k.Values["credit_code"])
	for n, p := range k.Phones {
		if !dedupe.Contains(k.Phones[:n], p) {
			put(KeyPhone, p)
		}
	}
}

// Find implements Lookup.
func (x *Index) Find(key Key, value string) ([]Known, error) {
	at := x.by[key][value]
	if len(at) == 0 {
		return nil, nil
	}
	out := make([]Known, len(at))
	for i, n := range at {
		out[i] = x.all[n]
	}
	return out, nil
}

package lang

var frame = map[string]string{}

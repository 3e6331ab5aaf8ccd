package lang

var visits = map[string]string{}

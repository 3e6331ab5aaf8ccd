package lang

var admin = map[string]string{}

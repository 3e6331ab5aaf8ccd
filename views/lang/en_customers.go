package lang

var customers = map[string]string{}

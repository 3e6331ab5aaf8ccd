package lang

var contacts = map[string]string{}

package lang

var words = map[string]string{}

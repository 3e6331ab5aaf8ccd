package lang

var imports = map[string]string{}

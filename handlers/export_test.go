package handlers

// SetMostExported bounds an export of visits for a test, until back is called.
func SetMostExported(n int) (back func()) {
	was := mostExported
	mostExported = n
	return func() { mostExported = was }
}

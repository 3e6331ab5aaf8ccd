package handlers

// ShareCell is a part of a whole as the page and as the workbook say it.
func ShareCell(n, of int64) (string, float64) {
	c := shareCell(n, of)
	return c.Text, c.N
}

// SetMostExported bounds an export of visits for a test, until back is called.
func SetMostExported(n int) (back func()) {
	was := mostExported
	mostExported = n
	return func() { mostExported = was }
}

package views

// FirstSteps leads through the first hour of a new installation; without steps there
// is nothing to show. Hint is by what the reader puts it away.
type FirstSteps struct {
	Hint  string
	Steps []FirstStep
}

// FirstStep is one of them, with where it is done.
type FirstStep struct {
	Title, Text, Act, Href string
	Done                   bool
}

// next is the first step that is not done.
func (p FirstSteps) next() int {
	for i, s := range p.Steps {
		if !s.Done {
			return i
		}
	}
	return len(p.Steps)
}

func stepKind(first bool) string {
	if first {
		return "primary"
	}
	return ""
}

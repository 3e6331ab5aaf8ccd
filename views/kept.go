package views

import (
	"bytes"
	"context"
	"io"
	"sync"

	"github.com/a-h/templ"

	"yike/views/lang"
)

// scriptWordsIn are the script's sentences as markup, drawn once per language:
// every page carries them, and they never change.
var scriptWordsIn = map[string]func() (string, error){lang.Chinese: drawnWords(lang.Chinese), lang.English: drawnWords(lang.English)}

func drawnWords(tag string) func() (string, error) {
	return sync.OnceValues(func() (string, error) {
		var b bytes.Buffer
		err := scriptWords().Render(lang.With(context.Background(), tag), &b)
		return b.String(), err
	})
}

// keptScriptWords is scriptWords, drawn before.
func keptScriptWords(tag string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		s, err := scriptWordsIn[tag]()
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, s)
		return err
	})
}

package ui

import (
	"context"

	"yike/views/lang"
)

func t(ctx context.Context, zh string, args ...any) string { return lang.T(ctx, zh, args...) }

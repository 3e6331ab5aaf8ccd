package views

import (
	"context"
	"strconv"

	"yike/policy/rating"
	"yike/views/lang"
)

// RateFiles are the static files that the page of a question loads, and no
// other.
var RateFiles = []string{"rate.css", "logo.svg"}

// RatePage is the page on which a client, or who stands at the door, answers.
// It says no more than the branch and the day.
type RatePage struct {
	Action     string // where the answer goes
	Branch     string
	Day, About string // of the occasion; About is its kind
	QR         bool
	Comment    string
	Fault      string
}

// rateQuestion is the one question.
func (p RatePage) rateQuestion(ctx context.Context) string {
	switch p.About {
	case rating.Delivery:
		return lang.T(ctx, "这次派送，您满意吗？")
	case rating.Case:
		return lang.T(ctx, "这件事的处理，您满意吗？")
	}
	return lang.T(ctx, "我们的服务，您满意吗？")
}

// faces are the scores in the order in which they are shown.
var faces = []int64{5, 4, 3, 2, 1}

// ScoreWord is a step of the scale.
func ScoreWord(ctx context.Context, score int64) string {
	switch score {
	case 5:
		return lang.T(ctx, "非常满意")
	case 4:
		return lang.T(ctx, "满意")
	case 3:
		return lang.T(ctx, "一般")
	case 2:
		return lang.T(ctx, "不满意")
	case 1:
		return lang.T(ctx, "非常不满意")
	}
	return ""
}

func scoreText(score int64) string { return strconv.FormatInt(score, 10) }

// mouth is the path that a face is told by.
func mouth(score int64) string {
	switch score {
	case 5:
		return "M14 28 Q24 42 34 28 Z"
	case 4:
		return "M15 29 Q24 37 33 29"
	case 3:
		return "M15 31 H33"
	case 2:
		return "M15 34 Q24 27 33 34"
	}
	return "M14 36 Q24 22 34 36"
}

func rateLang(ctx context.Context) string { return lang.Tag(ctx) }

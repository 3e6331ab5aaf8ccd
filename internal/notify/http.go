package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"time"
)

// answerSize bounds what is read of an answer.
const answerSize = 256 << 10

// post sends JSON and returns the answer. begun says that the request was
// written, so that the other side may have acted on it.
func post(ctx context.Context, c *http.Client, address string, body []byte, head map[string]string) (status int, answer []byte, after time.Duration, begun bool, err error) {
	// Written by the connection's own goroutine: read only after Do has
	// returned, when it has ended or was told.
	wrote := make(chan struct{}, 1)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
		select {
		case wrote <- struct{}{}:
		default:
		}
	}})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, nil, 0, false, err
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	for name, value := range head {
		r.Header.Set(name, value)
	}
	res, err := c.Do(r)
	select {
	case <-wrote:
		begun = true
	default:
	}
	if err != nil {
		return 0, nil, 0, begun, err
	}
	defer res.Body.Close()
	if n, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && n > 0 {
		after = time.Duration(min(n, 86400)) * time.Second
	}
	answer, err = io.ReadAll(io.LimitReader(res.Body, answerSize))
	return res.StatusCode, answer, after, true, err
}

// bad is the outcome of an answer that is not 200: of 408, 425, 429, 503 the
// other side says that it did nothing; of other 5xx nobody knows; the rest is
// a refusal, a redirect too.
func bad(status int, after time.Duration) Outcome {
	said := "HTTP " + strconv.Itoa(status)
	switch {
	case status == 408 || status == 425 || status == 429 || status == 503:
		return Outcome{State: Later, Said: said, After: after}
	case status == 401 || status == 403 || status == 404: // set up wrongly: the messages are not at fault
		return Outcome{State: Later, Said: said, After: after}
	case status >= 500:
		return Outcome{State: Unsure, Said: said}
	}
	return Outcome{State: Refused, Said: said}
}

// Gateway sends SMS through a gateway that takes signed JSON:
//
//	POST {"account","time","messages":[{"key","phone","sign","text","template","params"}]}
//	X-Yike-Signature: hex(HMAC-SHA256(secret, time + "\n" + body))
//	200 {"results":[{"key","ok","id","code","retry"}]}
//
// What an answer does not speak of was not taken.
type Gateway struct {
	URL, Account, Secret, Sign, End string // Sign without 【】; End closes each text
	Guard                           Guard
	Now                             func() time.Time
	tune                            func(*http.Transport)
}

type gatewayMessage struct {
	Key      string            `json:"key"`
	Phone    string            `json:"phone"`
	Sign     string            `json:"sign"`
	Text     string            `json:"text"`
	Template string            `json:"template,omitempty"`
	Params   map[string]string `json:"params,omitempty"`
}

// Send hands the messages over in one request.
func (g Gateway) Send(ctx context.Context, list []Message) []Outcome {
	if len(list) == 0 {
		return nil
	}
	at := strconv.FormatInt(g.Now().Unix(), 10)
	send := struct {
		Account  string           `json:"account"`
		Time     string           `json:"time"`
		Messages []gatewayMessage `json:"messages"`
	}{Account: g.Account, Time: at}
	for _, m := range list {
		send.Messages = append(send.Messages, gatewayMessage{m.Key, m.To, g.Sign, m.Text + g.End, m.Template, m.Params})
	}
	body, err := json.Marshal(send)
	if err != nil {
		return each(len(list), Outcome{State: Refused, Said: err.Error()})
	}
	status, answer, after, begun, err := post(ctx, g.Guard.client(g.tune), g.URL, body,
		map[string]string{"X-Yike-Time": at, "X-Yike-Signature": hex.EncodeToString(mac(g.Secret, at+"\n"+string(body)))})
	if err != nil {
		return each(len(list), fault(err, begun))
	}
	if status != http.StatusOK {
		return each(len(list), bad(status, after))
	}
	var got struct {
		Results []struct {
			Key   string `json:"key"`
			OK    bool   `json:"ok"`
			ID    string `json:"id"`
			Code  string `json:"code"`
			Retry bool   `json:"retry"`
		} `json:"results"`
	}
	if err := json.Unmarshal(answer, &got); err != nil {
		return each(len(list), Outcome{State: Unsure, Said: "no JSON"})
	}
	out := each(len(list), Outcome{State: Later, Said: "not in the answer", After: after})
	for i, m := range list {
		for _, r := range got.Results {
			switch {
			case r.Key != m.Key:
			case r.OK:
				out[i] = Outcome{State: Sent, ID: r.ID, Said: r.Code}
			case r.Retry:
				out[i] = Outcome{State: Later, Said: r.Code, After: after}
			default:
				out[i] = Outcome{State: Refused, Said: r.Code}
			}
		}
	}
	return out
}

func mac(secret, text string) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(text)) // never fails
	return h.Sum(nil)
}

// Robot posts to a group's robot. Kind is "wecom", "dingtalk" or "feishu"; the
// secret signs where the robot asks for it.
type Robot struct {
	Kind, URL, Secret string
	Guard             Guard
	Now               func() time.Time
	tune              func(*http.Transport)
}

// Send posts the messages one by one.
func (b Robot) Send(ctx context.Context, list []Message) []Outcome {
	out := make([]Outcome, len(list))
	for i, m := range list {
		out[i] = b.one(ctx, m)
	}
	return out
}

func (b Robot) one(ctx context.Context, m Message) Outcome {
	text := map[string]any{"msgtype": "text", "text": map[string]string{"content": m.Text}}
	address := b.URL
	switch {
	case b.Kind == "feishu":
		text = map[string]any{"msg_type": "text", "content": map[string]string{"text": m.Text}}
		if b.Secret != "" { // the key is what is signed, the text is empty
			at := strconv.FormatInt(b.Now().Unix(), 10)
			text["timestamp"], text["sign"] = at, base64.StdEncoding.EncodeToString(mac(at+"\n"+b.Secret, ""))
		}
	case b.Kind == "dingtalk" && b.Secret != "":
		at := strconv.FormatInt(b.Now().UnixMilli(), 10)
		u, err := url.Parse(b.URL)
		if err != nil {
			return Outcome{State: Refused, Said: "address"}
		}
		q := u.Query()
		q.Set("timestamp", at)
		q.Set("sign", base64.StdEncoding.EncodeToString(mac(b.Secret, at+"\n"+b.Secret)))
		u.RawQuery = q.Encode()
		address = u.String()
	}
	body, err := json.Marshal(text)
	if err != nil {
		return Outcome{State: Refused, Said: err.Error()}
	}
	status, answer, after, begun, err := post(ctx, b.Guard.client(b.tune), address, body, nil)
	if err != nil {
		return fault(err, begun)
	}
	if status != http.StatusOK {
		return bad(status, after)
	}
	var got struct {
		Err  *int   `json:"errcode"` // WeCom, DingTalk
		Code *int   `json:"code"`    // Feishu
		Msg  string `json:"errmsg"`
		Said string `json:"msg"`
	}
	if err := json.Unmarshal(answer, &got); err != nil || got.Err == nil && got.Code == nil {
		return Outcome{State: Unsure, Said: "no JSON"}
	}
	code := 0
	if got.Err != nil {
		code = *got.Err
	} else {
		code = *got.Code
	}
	switch code {
	case 0:
		return Outcome{State: Sent}
	case 45009, 130101, 660026, 9499, 11232: // too many at once
		return Outcome{State: Later, Said: fmt.Sprintf("%d %s", code, got.Msg+got.Said), After: time.Minute}
	}
	return Outcome{State: Refused, Said: fmt.Sprintf("%d %s", code, got.Msg+got.Said)}
}

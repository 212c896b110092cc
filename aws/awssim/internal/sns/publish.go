package sns

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

func (s *Service) publish(in request) (any, error) {
	t, err := s.topic(in)
	if err != nil {
		return nil, err
	}
	text, subject := in.Get("Message"), in.Get("Subject")
	const largest, longest = 256 << 10, 100
	switch {
	case text == "" || len(text) > largest:
		return nil, invalid("Invalid parameter: Message too long")
	case in.Has("Subject") && (subject == "" || len(subject) > longest || !printable(subject)):
		return nil, invalid("Invalid parameter: Subject")
	}
	id := s.send(t, Message{Subject: subject, Text: text, By: in.caller})
	out := publishResponse{Xmlns: namespace, Metadata: metadata()}
	out.Result.MessageID = id
	return out, nil
}

func printable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
}

// PublishFor publishes for another service, if the topic's policy lets it.
func (s *Service) PublishFor(service, arn, text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.topics[arn]
	if t == nil {
		return fmt.Errorf("publish to %s: no such topic", arn)
	}
	if !t.allows(service) {
		return fmt.Errorf("publish to %s: its policy does not let %s", arn, service)
	}
	s.send(t, Message{Text: text, By: service})
	return nil
}

// send notes a message and delivers it. The lock is held.
func (s *Service) send(t *topic, m Message) string {
	s.seq++
	m.ID, m.Topic, m.At = fmt.Sprintf("%08d-0000-4000-8000-000000000000", s.seq), t.arn, s.o.Now()
	s.messages = append(s.messages, m)
	for _, sub := range t.subscriptions {
		if sub.confirmed && sub.overHTTP() {
			s.deliver(sub.endpoint, "Notification", map[string]string{
				"Type": "Notification", "MessageId": m.ID, "TopicArn": t.arn, "Subject": m.Subject, "Message": m.Text,
				"Timestamp": stamp(m.At), "SignatureVersion": "1", "Signature": "none", "SigningCertURL": "", "UnsubscribeURL": "",
			})
		}
	}
	return m.ID
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func (sub *subscription) overHTTP() bool { return strings.HasPrefix(sub.protocol, "http") }

// deliver posts a message to a subscriber, three times at most.
func (s *Service) deliver(endpoint, kind string, body map[string]string) {
	if body["Subject"] == "" {
		delete(body, "Subject")
	}
	text, err := json.Marshal(body)
	if err != nil {
		return
	}
	ctx, client := s.live, s.client
	s.deliveries.Go(func() {
		for range 3 {
			if post(ctx, client, endpoint, kind, text) == nil {
				return
			}
		}
	})
}

func post(ctx context.Context, client *http.Client, endpoint, kind string, text []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "text/plain; charset=UTF-8")
	r.Header.Set("X-Amz-Sns-Message-Type", kind)
	response, err := client.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("the subscriber answers %s", response.Status)
	}
	return nil
}

func (s *Service) subscribe(in request) (any, error) {
	t, err := s.topic(in)
	if err != nil {
		return nil, err
	}
	sub := &subscription{topic: t.arn, protocol: in.Get("Protocol"), endpoint: in.Get("Endpoint")}
	if sub.overHTTP() && !onLoopback(sub.endpoint) {
		return nil, invalid("Invalid parameter: Endpoint Reason: awssim delivers to the loopback interface only")
	}
	s.seq++
	sub.arn = fmt.Sprintf("%s:%08d-0000-4000-8000-000000000000", t.arn, s.seq)
	sub.token = fmt.Sprintf("%064d", s.seq)
	t.subscriptions = append(t.subscriptions, sub)
	answer := "pending confirmation"
	switch {
	case sub.overHTTP():
		s.deliver(sub.endpoint, "SubscriptionConfirmation", map[string]string{
			"Type": "SubscriptionConfirmation", "MessageId": sub.token[:36], "Token": sub.token, "TopicArn": t.arn,
			"Message":      "You have chosen to subscribe to the topic " + t.arn + ".\nTo confirm the subscription, visit the SubscribeURL included in this message.",
			"SubscribeURL": s.o.Endpoint() + "/?Action=ConfirmSubscription&TopicArn=" + url.QueryEscape(t.arn) + "&Token=" + sub.token,
			"Timestamp":    stamp(s.o.Now()), "SignatureVersion": "1", "Signature": "none", "SigningCertURL": "",
		})
	case sub.protocol == "sqs" || sub.protocol == "lambda":
		sub.confirmed, answer = true, sub.arn
	}
	if in.Get("ReturnSubscriptionArn") == "true" {
		answer = sub.arn
	}
	out := subscribeResponse{Xmlns: namespace, Metadata: metadata()}
	out.Result.SubscriptionArn = answer
	return out, nil
}

// onLoopback keeps a simulation from sending anything off this machine.
func onLoopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

func (s *Service) confirm(in request) (any, error) {
	t, err := s.topic(in)
	if err != nil {
		return nil, err
	}
	for _, sub := range t.subscriptions {
		if sub.token == in.Get("Token") {
			sub.confirmed = true
			out := confirmResponse{Xmlns: namespace, Metadata: metadata()}
			out.Result.SubscriptionArn = sub.arn
			return out, nil
		}
	}
	return nil, invalid("Invalid parameter: Token")
}

func (s *Service) unsubscribe(in request) (any, error) {
	for _, t := range s.topics {
		t.subscriptions = slices.DeleteFunc(t.subscriptions, func(sub *subscription) bool { return sub.arn == in.Get("SubscriptionArn") })
	}
	return emptyResponse("UnsubscribeResponse"), nil
}

func (s *Service) listSubscriptions(in request) (any, error) {
	t, err := s.topic(in)
	if err != nil {
		return nil, err
	}
	page, err := wire.Paginate(s.pager, t.subscriptions, func(sub *subscription) string { return sub.arn }, 100, token(in))
	if err != nil {
		return nil, err
	}
	out := subscriptionsResponse{Xmlns: namespace, Metadata: metadata()}
	for _, sub := range page.Items {
		arn := sub.arn
		if !sub.confirmed {
			arn = "PendingConfirmation"
		}
		out.Result.Subscriptions.Member = append(out.Result.Subscriptions.Member, subscriptionMember{
			SubscriptionArn: arn, Owner: s.o.Account, Protocol: sub.protocol, Endpoint: sub.endpoint, TopicArn: t.arn,
		})
	}
	if page.Next != nil {
		out.Result.NextToken = *page.Next
	}
	return out, nil
}

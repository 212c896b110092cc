package awssim_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"os/exec"
	"regexp"
	"testing"
)

// checked puts wirecheck between the clients and the account: at the end of the
// test every request and every answer must have been legal by AWS's own models.
// Rule "quota" is left out, for tests call as fast as they can. Without the checker
// the test goes on as it is.
func (a *account) checked(t *testing.T) {
	t.Helper()
	script, ok := find("wirecheck/wirecheck.py")
	python, err := exec.LookPath("python3")
	if !ok || err != nil {
		t.Log("there is no wirecheck here: set WIRECHECK")
		return
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), python, script, "serve", "--listen", "127.0.0.1:0", "--upstream", a.endpoint)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("wirecheck did not start: %v", err)
	}
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(line)
	if address == "" {
		t.Fatalf("wirecheck says %q", line)
	}
	a.connect(address, "aki")
	t.Cleanup(func() {
		violations(t, address)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// violations fails the test for each error that wirecheck has found.
func violations(t *testing.T, address string) {
	t.Helper()
	found := fetch(t, address+"/_wirecheck/violations?severity=error")
	list, ok := found.([]any)
	if object, is := found.(map[string]any); is {
		list, ok = object["violations"].([]any)
	}
	if !ok {
		t.Errorf("wirecheck answers %v", found)
	}
	if calls := fetch(t, address+"/_wirecheck/calls"); calls == nil || len(calls.(map[string]any)) == 0 {
		t.Errorf("wirecheck saw no calls: %v", calls)
	}
	for _, v := range list {
		if object, is := v.(map[string]any); is && object["rule"] == "quota" {
			continue
		}
		t.Errorf("wirecheck: %v", v)
	}
}

// fetch reads JSON; nil after an error.
func fetch(t *testing.T, address string) any {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Error(err)
		return nil
	}
	defer response.Body.Close()
	var found any
	if err := json.NewDecoder(response.Body).Decode(&found); err != nil {
		t.Error(err)
		return nil
	}
	return found
}

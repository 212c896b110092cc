//go:build ignore

// Checkdemo reads the JSON that the demo prints and checks that the days came
// out as its incidents say, with what a real run leaves behind.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

type envelope struct {
	Items []struct {
		Date     string             `json:"date"`
		State    string             `json:"state"`
		Attempts int                `json:"attempts"`
		Metrics  map[string]float64 `json:"metrics"`
		Reason   string             `json:"reason"`
		Steps    []struct {
			Name   string `json:"name"`
			Status string `json:"status"`
		} `json:"steps"`
		Partition struct {
			Rows       int64  `json:"rows"`
			Generation string `json:"generation"`
		} `json:"partition"`
	} `json:"items"`
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail("%v", err)
	}
	var days envelope
	if err := json.Unmarshal(text, &days); err != nil {
		fail("%v", err)
	}
	if len(days.Items) != 21 {
		fail("%d days, want 21", len(days.Items))
	}
	states := map[string]int{}
	for _, day := range days.Items {
		states[day.State]++
		if day.State != "Succeeded" {
			if day.Reason == "" {
				fail("%s is %s without a reason", day.Date, day.State)
			}
			continue
		}
		if day.Partition.Rows < 28*40 || day.Partition.Generation == "" {
			fail("%s Succeeded with %d rows, generation %q", day.Date, day.Partition.Rows, day.Partition.Generation)
		}
		if wape := day.Metrics["wape"]; wape <= 0 || wape > 0.30 {
			fail("%s Succeeded with wape %v", day.Date, wape)
		}
		if len(day.Steps) != 6 {
			fail("%s has %d steps", day.Date, len(day.Steps))
		}
	}
	want := map[string]int{"Succeeded": 17, "Waiting": 1, "Failed": 1, "Gated": 1, "Missing": 1}
	for state, n := range want {
		if states[state] != n {
			fail("states %v, want %v", states, want)
		}
	}
	fmt.Println("demo: 21 days as they should be:", states)
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "demo: "+format+"\n", args...)
	os.Exit(1)
}

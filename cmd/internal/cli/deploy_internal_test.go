package cli

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws"
)

// TestFieldNotes shows what a change comes to before the many fields of it.
func TestFieldNotes(t *testing.T) {
	t.Parallel()
	c := aws.DeployChange{Kind: "pipeline", Name: "demand-daily", Action: aws.DeployUpdate, Reason: "look twice"}
	add := func(name, from, to string) {
		c.Fields = append(c.Fields, aws.DeployField{Name: name, From: from, To: to})
	}
	for i := range gistLimit + 1 {
		add("Steps.Train.Arguments.Environment.E"+strconv.Itoa(10+i), "a", "b")
	}
	add("Metadata.layout", "steps", "fused")
	add("Steps.Run.Name", "", "Run")
	add("Steps.Run.Type", "", "Processing")
	add("Steps.Old.Name", "Old", "")
	want := []string{"", "pipeline demand-daily", "  Metadata.layout: steps -> fused", "  Steps.Run: comes, with 2 fields", "  Steps.Old: goes, with 1 field"}
	for i := range gistLimit - 3 {
		want = append(want, "  Steps.Train.Arguments.Environment.E"+strconv.Itoa(10+i)+": a -> b")
	}
	want = append(want, "  and 4 more changes; -o json has all fields", "  look twice")
	if diff := cmp.Diff(want, fieldNotes(c)); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

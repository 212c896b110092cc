package definition_test

import (
	"testing"

	"github.com/daybatch/daybatch/aws/internal/definition"
)

// TestCriteria reads what Conditions ask; what is of no known form is left out whole.
func TestCriteria(t *testing.T) {
	t.Parallel()
	for conditions, want := range map[string]string{
		`[{"Type":"GreaterThanOrEqualTo","LeftValue":{"Std:JsonGet":{"PropertyFile":{"Get":"Steps.A.PropertyFiles.R"},"Path":"auc.value"}},"RightValue":{"Get":"Parameters.MinAuc"}}]`: "auc.value >= {MinAuc}",
		`[{"Type":"LessThan","LeftValue":1.5,"RightValue":2},{"Type":"Equals","LeftValue":{"Get":"Parameters.Mode"},"RightValue":"full"}]`:                                             "1.5 < 2 and {Mode} = full",
		`[{"Type":"In","QueryValue":{"Get":"Parameters.Region"},"Values":["eu","us"]}]`:                                                                                                "{Region} in eu, us",
		`[{"Type":"Not","Expression":{"Type":"Or","Conditions":[{"Type":"GreaterThan","LeftValue":1,"RightValue":2},{"Type":"LessThanOrEqualTo","LeftValue":3,"RightValue":4}]}}]`:     "not ((1 > 2 or 3 <= 4))",
		`[{"Type":"Equals","LeftValue":1,"RightValue":1},{"Type":"Moon"}]`:                                                                                                             "",
		`["now"]`: "",
		`{}`:      "",
	} {
		g, err := definition.Parse([]byte(`{"Steps":[{"Name":"C","Type":"Condition","Arguments":{"Conditions":` + conditions + `}}]}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := g.Steps[0].Criteria; got != want {
			t.Errorf("criteria of %s = %q; want %q", conditions, got, want)
		}
	}
}

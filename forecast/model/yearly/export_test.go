package yearly

import "github.com/daybatch/daybatch/forecast/model"

// RidgeOf returns what tells one regression from another.
func RidgeOf(f model.Fitted) any {
	switch f := f.(type) {
	case *regressed:
		return f.ridge
	case *adjusted:
		return f.ridge
	}
	return nil
}

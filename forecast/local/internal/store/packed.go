package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// stepsOf is the steps of an attempt in one text, fields apart by unit
// separators and steps by record separators. An attempt that has ended carries
// it: years of days have tens of thousands of steps, and a row for each of them
// costs several times what the rest of a day does.
const stepsOf = `coalesce((SELECT group_concat(concat_ws(char(31), s.seq, s.name, s.status, s.tries, s.reused_from, s.command, s.reason_class,
	replace(replace(s.reason, char(30), ' '), char(31), ' '), s.created_at, s.started_at, s.ended_at), char(30))
	FROM step AS s WHERE s.attempt = a.id), '')`

// packSteps lets an attempt that ends carry its steps.
func packSteps(ctx context.Context, tx *sql.Tx, attempt int64) error {
	_, err := exec(ctx, tx, `UPDATE attempt AS a SET steps = `+stepsOf+` WHERE id = ?`, attempt)
	return err
}

// unpackSteps returns the steps of an attempt of a date in their order.
func unpackSteps(packed string, date calendar.Date) ([]forecast.Step, error) {
	if packed == "" {
		return nil, nil
	}
	steps := make([]forecast.Step, strings.Count(packed, "\x1e")+1)
	for text := range strings.SplitSeq(packed, "\x1e") {
		u := unpacker{rest: text}
		seq := u.number()
		if seq < 0 || seq >= int64(len(steps)) {
			return nil, fmt.Errorf("step %d of %d", seq, len(steps))
		}
		st := &steps[seq]
		st.Name, st.Status, st.Tries = forecast.StepName(u.text()), forecast.StepStatus(u.text()), int(u.number())
		if reused := u.number(); reused > 0 {
			st.ReusedFrom = ExecutionID(date, int(reused))
		}
		command := u.text()
		st.Reason = forecast.Reason{Class: forecast.ReasonClass(u.text()), Text: u.text()}.Redacted()
		st.Created, st.Started, st.Ended = instant(u.number()), instant(u.number()), instant(u.number())
		if u.err != nil {
			return nil, u.err
		}
		if command != "" {
			if err := json.Unmarshal([]byte(command), &st.Command); err != nil {
				return nil, fmt.Errorf("command of step %s: %w", st.Name, err)
			}
		}
	}
	return steps, nil
}

// unpacker takes fields off a packed step.
type unpacker struct {
	rest string
	err  error
}

func (u *unpacker) text() string {
	var field string
	field, u.rest, _ = strings.Cut(u.rest, "\x1f")
	return field
}

func (u *unpacker) number() int64 {
	n, err := strconv.ParseInt(u.text(), 10, 64)
	if err != nil && u.err == nil {
		u.err = fmt.Errorf("read step: %w", err)
	}
	return n
}

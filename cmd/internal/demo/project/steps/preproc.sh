#!/bin/sh
# PreProc of this project: marketing delivers a small promotion feed every day,
# and a broken one must not slip into the panel unnoticed.
set -eu
feed="promotions/$DAYBATCH_DATE.csv"
if [ -f "$feed" ]; then
	echo "checking $feed"
	awk -F, -v feed="$feed" '
		NF != 3 {
			printf "%s line %d: %d fields instead of vehicle,from,to: %s\n", feed, NR, NF, $0
			bad = 1
		}
		END { exit bad }' "$feed" >&2
fi
exec "$DAYBATCH_EXE" step PreProc

#!/usr/bin/env bash
# `make demo`: index a gallery, or the person's own FOLDER, and print ranked answers.
# It keeps to what macOS brings: bash 3.2 and BSD tools.
set -euo pipefail
: "${BIN:=.venv/bin}" "${DEMO:=demo-data}" "${FOLDER:=}"
case $FOLDER in "~" | "~/"*) FOLDER=$HOME${FOLDER#"~"} ;; esac # zsh leaves FOLDER=~/Pictures as it is

# The command as it can be typed again, then what it prints.
cbir() {
  { printf '\n$ %s' "$program"; printf ' %q' "$@"; printf '\n'; } >&2
  "$BIN/cbir" "$@"
}

# An indexed picture of FOLDER that can be read; the same one each time.
picture_of() {
  "$BIN/python" - "$@" <<'PYTHON'
import os
import random
import sys

from cbir.collection import Library
from cbir.settings import read_settings

name, root = sys.argv[1], os.path.abspath(sys.argv[2])
with Library(read_settings(environment=os.environ)).open(name) as collection:
    paths = [location.path for location, _ in collection.stored.locations()]
below = [path for path in paths if path == root or path.startswith(os.path.join(root, ""))]
random.Random(0).shuffle(below)
sys.stdout.buffer.write(os.fsencode(next((path for path in below if os.access(path, os.R_OK)), "")))
PYTHON
}

# What was found, in a sentence.
in_words() {
  "$BIN/python" - "$@" <<'PYTHON'
import os
import sys

from cbir.collection import Library, Query, query_from_file
from cbir.records import shown_path
from cbir.settings import read_settings


def short(path):
    return shown_path("/".join(path.split("/")[-2:]))


name, picture = sys.argv[1:]
query = query_from_file(picture)
with Library(read_settings(environment=os.environ)).open(name) as collection:
    (record,) = collection.stored.get([query.id])
    answer = collection.search(Query(query.id) if record else query, k=10, exclude_self=True)
    others = collection.stored.count() - bool(record)
labels = record.labels if record else ()
nearest = ", ".join(short(one.record.path) for one in answer.hits[:3])
if nearest:
    print(f"\nOf {others:,} other pictures, these are the most like {short(picture)}: {nearest}.")
else:
    print(f"\n{short(picture)} is the only picture of the collection.")
if labels and nearest:
    same = sum(not set(labels).isdisjoint(one.record.labels) for one in answer.hits)
    print(f"Of the first {len(answer.hits)} answers, {same} show the same: {', '.join(labels)}.")
PYTHON
}

mkdir -p "$DEMO"
[ -n "$FOLDER" ] || export CBIR_DATA_DIR=$DEMO/data
program=$BIN/cbir
[ -z "${CBIR_DATA_DIR:-}" ] || program="CBIR_DATA_DIR=$(printf %q "$CBIR_DATA_DIR") $program"
if [ -n "$FOLDER" ]; then
  collection=default
  cbir index "$FOLDER"
  query=$(picture_of "$collection" "$FOLDER")
  [ -n "$query" ] || { echo "No picture of $FOLDER could be indexed." >&2; exit 1; }
  example=$query
else
  collection=demo
  "$BIN/python" -m cbir.demo "$DEMO/gallery" >&2
  cbir index "$DEMO/gallery" --collection "$collection"
  query=$DEMO/gallery/images/chelsea/cropped.jpg
  example=$DEMO/gallery/images/coffee/mirrored.webp
fi

cbir search "$query" --collection "$collection" -k 11 --contact-sheet "$DEMO/hits.png"
if "$BIN/cbir" collections show "$collection" | grep 'extractor  hist-basic ' >/dev/null; then
  cbir search "$query" --collection "$collection" -k 8 --extractor hist-basic --metric intersection
fi
in_words "$collection" "$query"

cat >&2 <<TEXT
The answer as a picture: $DEMO/hits.png

Go on with:
  $program search $(printf %q "$example") --collection $collection --metric euclidean
  $program collections show $collection
  $BIN/cbir index ~/Pictures    # make your own pictures searchable
  $BIN/cbir --help              # all commands
TEXT

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

mkdir -p "$DEMO"
[ -n "$FOLDER" ] || export CBIR_DATA_DIR=$DEMO/data
program=$BIN/cbir
[ -z "${CBIR_DATA_DIR:-}" ] || program="CBIR_DATA_DIR=$(printf %q "$CBIR_DATA_DIR") $program"
if [ -n "$FOLDER" ]; then
  collection=default
  cbir index "$FOLDER"
  query=$("$BIN/python" -m cbir.demo.words picture "$collection" "$FOLDER")
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
"$BIN/python" -m cbir.demo.words found "$collection" "$query"

cat >&2 <<TEXT
The answer as a picture: $DEMO/hits.png

Go on with:
  $program search $(printf %q "$example") --collection $collection --metric euclidean
  $program collections show $collection
  $BIN/cbir index ~/Pictures    # make your own pictures searchable
  $BIN/cbir --help              # all commands
TEXT

#!/usr/bin/env bash
# `make demo`: index a gallery, or the person's own FOLDER, and print ranked answers.
set -euo pipefail
: "${BIN:=.venv/bin}" "${DEMO:=demo-data}" "${FOLDER:=}" "${SERVE:=1}"
cbir() { "$BIN/cbir" "$@"; }
step() { printf '\n\033[1m$ %s\033[0m\n' "$*" >&2; "$@"; }
mkdir -p "$DEMO"
FOLDER=${FOLDER/#\~/$HOME}

if [ -n "$FOLDER" ]; then
  collection=default
  step cbir index "$FOLDER" --collection "$collection"
  query=$(find -L "$FOLDER" -type f \( -iname '*.jpg' -o -iname '*.jpeg' -o -iname '*.png' -o -iname '*.heic' \) -print -quit)
  [ -n "$query" ] || { echo "No picture below $FOLDER to search with." >&2; exit 1; }
else
  collection=demo
  "$BIN/python" -m cbir.demo "$DEMO/gallery"
  step cbir index "$DEMO/gallery" --collection "$collection"
  query="$DEMO/gallery/images/chelsea/cropped.jpg"
fi

step cbir search "$query" --collection "$collection" -k 11 --contact-sheet "$DEMO/hits.png"
step cbir search "$query" --collection "$collection" -k 8 --extractor hist-basic --metric intersection

cat >&2 <<TEXT

The first answer as a picture: $DEMO/hits.png
Go on with:
  $BIN/cbir search PICTURE --collection $collection     search with any picture
  $BIN/cbir index FOLDER                                 make your own pictures searchable
  $BIN/cbir --help                                       all commands
TEXT

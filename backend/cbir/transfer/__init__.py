"""A collection to open formats and back.

A folder holds `collection.json` (format version, extractors with their identities), `records.csv` and
`records.json` (one row an image, in the same order) and `vectors/NAME.npy` (float32, (N, D), the rows in that
order; a colon in an extractor's name is written `__`). For descriptors that another program computed,
`records.csv` with the column `id` or `path`, and the matrices, are enough.
"""

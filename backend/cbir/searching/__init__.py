"""What a person can ask of an open collection: by several examples, with closeness, collapsed, compared, exported."""

"""What stores and searches: one contract (`base`), one package an engine, one registry."""

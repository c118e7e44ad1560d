"""How good the answers are: datasets, protocols, measures, and the runner that brings them together.

A *dataset* says which images there are and what is labelled; a *protocol* turns each query's ranking into a relevance
list; a *measure* grades that list; the *runner* does it for every extractor and metric.
"""

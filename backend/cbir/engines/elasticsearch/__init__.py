"""Collections on an Elasticsearch cluster: one index each, behind an alias.

`names` and `mapping` say how a collection looks there, `documents` how an image does, `forms` how a metric is scored;
these are pure. `connection` and `bulk` send.
"""

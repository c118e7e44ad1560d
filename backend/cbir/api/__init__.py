"""The HTTP API: a flask application over the domain, one module a resource."""

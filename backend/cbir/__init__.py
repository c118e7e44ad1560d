"""Self-hosted search engine for photographs."""

__version__ = "0.1.0"

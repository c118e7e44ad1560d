"""What keeps the server safe: rules, each in a module of its own, installed in the order in which they act."""

from __future__ import annotations

from flask import Flask

from cbir.api.security import access, cors, forgery, headers, hosts, origins, proxies, rates, sizes
from cbir.api.security.base import Rule, Site

__all__ = ["RULES", "Rule", "Site", "init_app"]

RULES: tuple[Rule, ...] = (
    Rule("sizes", "Requests that are too large, or of too many parts, are refused.", sizes.install),
    Rule("proxies", "X-Forwarded headers count only from proxies that are named.", proxies.install),
    Rule(
        "headers", "Answers tell browsers to guess nothing, load nothing and show them in no frame.", headers.install
    ),
    Rule(
        "hosts", "The server answers only to its own names, so that no other name can be bound to it.", hosts.install
    ),
    Rule("cors", "Pages of other origins may call it where they are named, and nowhere else.", cors.install),
    Rule("origins", "Nothing is changed at the wish of a page of another site.", origins.install),
    Rule("forgery", "What a login cookie changes was asked for by a page of this site.", forgery.install),
    Rule("rates", "One key or address has so many requests a minute.", rates.install),
    Rule("keys", "Whoever comes from elsewhere needs a key.", access.install_keys),
    Rule("roles", "A key that may read may not write.", access.install_roles),
)
"""In the order in which they act. A test can leave one out, to see that its test fails then."""


def init_app(app: Flask, site: Site) -> None:
    """Put every rule in force."""
    app.extensions["cbir.site"] = site
    for rule in RULES:
        rule.install(app, site)

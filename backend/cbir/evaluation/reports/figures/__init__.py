"""The figures of a report's page, one module each: from the report to a piece of HTML."""

"""The demo gallery: real photographs that installed packages carry, with variants a person meets in life."""

"""How candidates are found. `exact` scores every image; approximate strategies take their seats beside it."""

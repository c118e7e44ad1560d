"""The field's public datasets: where they are to be had, fetched, unpacked and checked."""

"""Where descriptors of queries are computed: in this process, or in one that all processes of a server share."""

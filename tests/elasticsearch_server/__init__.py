"""A real Elasticsearch for tests and benchmarks: fetched once, started on free loopback ports, never left behind.

    distribution   where Java and Elasticsearch come from
    lifeline       a temporary folder and the servers in it, which end when the process that owns it does
    keeper         the process between that owner and one server
    node, cluster  servers that are started, stopped, killed, paused and started again
    connection     what a client needs to reach them
    shared         one cluster for all processes of a test run

`python -m tests.elasticsearch_server` starts one in the foreground.
"""

"""How much time and memory a call costs, beside its lower limit and beside other packages.

`python -m tests.benchmarks` prints the table; `make bench` runs it in an environment that has the
other packages too. `test_micro.py` measures single functions with pytest-benchmark.

What some lines of the package save, measured once on a machine with two cores:

    parts of messages as named tuples, not dataclasses     5 ms of import
    validators built for the finished class only          20 ms of import
    httpcore imported when a client is made               14 ms of import
    one context of TLS for the process                    10 ms per client
    no cookies                                            30 us per call
    bodies without an encoding as they come               10 us per answer, 1 us per read
    headers as a dict                                      2 us per look-up
"""

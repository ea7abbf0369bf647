"""How much time and memory a call costs, beside its lower limit and beside other packages.

`python -m tests.benchmarks` prints the table; `make bench` runs it in an environment that has the
other packages too. `test_micro.py` measures single functions with pytest-benchmark.
"""

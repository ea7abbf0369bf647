"""What the table of features says, as probes that any LangChain chat model can be put to.

`make features` puts this package and the others that are installed beside it to them; the
ordinary suite puts this package to all of them.
"""

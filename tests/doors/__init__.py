"""The doors that tests go through, one module each: everything private that many tests need.

`bodies` writes the body of a request, `answers` reads a whole answer, `streams` reads a stream,
`wire` is what thinks about bytes without a socket,
`listing` reads the list of models, `cassettes` the text of a cassette; `waits` shortens the waits
between attempts. A wall inside the package may be moved without a change to any test but these.
Before them come `ChatAIMLAPI` itself, the emulator and the fault server.
"""

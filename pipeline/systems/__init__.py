"""Candidates that were not made here: a file of answers, a Python object, a service. They get a row's id and input, never its gold."""

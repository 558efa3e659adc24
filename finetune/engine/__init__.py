"""The hand-written CPU path: shared beginnings, decoder layers, threads. Trains and answers nothing by itself."""

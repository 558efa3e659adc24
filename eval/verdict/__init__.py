"""Evidence and rules → winner, tie, undecided or blocked. Writes no sentence."""

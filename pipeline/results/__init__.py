"""After a run: lists, comparisons, exports, questions of one's own."""

"""Numbers, dates and times in a text → their values."""

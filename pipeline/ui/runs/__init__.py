"""All runs: the list, what people call them, deleting and bringing back, two of them side by side."""

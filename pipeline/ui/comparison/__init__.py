"""The New page: bring files, check how they are read, start."""

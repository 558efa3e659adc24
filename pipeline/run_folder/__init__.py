"""The folder of a run: files, locks, progress, keys, labels."""

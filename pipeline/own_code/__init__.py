"""The team's own Python code: found without running it, and run in a process of its own with a time limit and without our keys."""

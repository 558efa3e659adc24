"""What is particular to a script."""

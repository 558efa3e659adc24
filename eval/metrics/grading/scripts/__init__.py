"""What is particular to a script or to a language."""

"""Scores laid out, means, intervals, paired tests, power. Knows no verdict."""

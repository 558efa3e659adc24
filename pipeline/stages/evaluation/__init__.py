"""Stages from answers to the report: judge, score, decide."""

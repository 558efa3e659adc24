"""Stages that choose settings, on training and dev rows alone."""

"""Stages in which arms answer."""

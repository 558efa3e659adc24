"""Bakeoff's conductor: data in, arms built and asked, answers scored, a verdict and a report out."""

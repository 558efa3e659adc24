"""A run's limit of time: measured before anything is trained, and what is left out so that the run keeps it."""

"""An adapter is trained: settings, rows in steps, checkpoints, search."""

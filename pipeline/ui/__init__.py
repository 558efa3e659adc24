"""The app's pages, one module each. They show what is stored; a number is computed in `eval` and nowhere else."""

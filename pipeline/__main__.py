"""`python -m pipeline` is the command `bakeoff`."""

from pipeline.cli.main import main

if __name__ == "__main__":
    main()

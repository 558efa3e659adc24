"""What a finished run shows: its verdict, its candidates, its answers."""

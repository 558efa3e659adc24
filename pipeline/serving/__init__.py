"""What won, as a folder that answers: made from a finished run, opened anywhere, asked over OpenAI's API."""

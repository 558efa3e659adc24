"""What a response says as its answer where there are choices: what it announces, and letters and numbers that stand for them."""

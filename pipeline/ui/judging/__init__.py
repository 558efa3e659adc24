"""Check the judge: people label answers, and how far the judge agrees with them."""

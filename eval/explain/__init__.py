"""The verdict in words: sentence, reasons, caveats, findings, what would change it. Decides nothing."""

"""The app's own pictures: files, so that nothing is fetched from elsewhere."""

from pathlib import Path

ICON = Path(__file__).parent / "icon.svg"
"""Of the browser's tab."""
LOGO = Path(__file__).parent / "logo.svg"
"""Readable on light and dark."""
STYLE = Path(__file__).parent / "style.css"
"""Of tables; all else is Streamlit's theme."""

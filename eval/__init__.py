"""How good answers are, how sure that is, and what follows from it. Loads neither torch nor streamlit."""

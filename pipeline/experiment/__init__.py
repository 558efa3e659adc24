"""The experiment file: its sections, defaults, presets, errors."""

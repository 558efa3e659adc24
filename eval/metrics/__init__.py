"""One answer and its gold evidence → values in [0, 1]. Compares no arms."""

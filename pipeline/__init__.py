"""Bakeoff's conductor: data in, arms built and asked, answers scored, a verdict and a report out.

Importing it sets what the libraries read from the environment when they are loaded; what the user has set wins.
"""

import os

for _name, _value in {
    # Nothing leaves the machine: no usage statistics of anybody's.
    "RAGAS_DO_NOT_TRACK": "true",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "ANONYMIZED_TELEMETRY": "false",
    # Threads that wait for each other sleep instead of spinning: beside another busy process it halves a matrix product's time.
    "OMP_WAIT_POLICY": "passive",
    # oneDNN and PyTorch's layer above it each keep 1,024 products made ready, about a megabyte each, one for every number of rows.
    "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "64",
    "LRU_CACHE_CAPACITY": "64",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TQDM_DISABLE": "1",
}.items():
    os.environ.setdefault(_name, _value)

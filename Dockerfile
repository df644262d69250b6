# CPU:   docker build -t specviz .
# CUDA:  docker build -t specviz:cuda --build-arg TORCH_INDEX=https://pypi.org/simple .
# What the steps do and how to run the image: docs/serving.md.
FROM python:3.11-slim

# The index that torch comes from: PyTorch's own one has builds without CUDA, a fraction of the size.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --index-url "$TORCH_INDEX" "$(grep '^torch==' requirements.txt)" \
    && pip install --no-cache-dir -r requirements.txt

# The user has a fixed number, so that volumes and hosts can be told who writes; all it can write is /data.
RUN useradd --uid 1000 --create-home specviz \
    && install -d -o specviz -g specviz /data /data/runs /data/huggingface

COPY LICENSE app.py serve.py ./
COPY .streamlit/ .streamlit/
COPY pages/ pages/
COPY specviz/ specviz/
COPY assets/ assets/
COPY deploy/healthy.py deploy/
RUN python -m compileall -q app.py serve.py pages specviz

# With an address of its own to print, Streamlit asks nobody outside for one when it starts.
ENV HF_HOME=/data/huggingface \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SPECVIZ_JOB_FOLDER=/data/runs \
    SPECVIZ_LOG=json \
    STREAMLIT_BROWSER_SERVER_ADDRESS=localhost \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_FILE_WATCHER_TYPE=none \
    STREAMLIT_SERVER_HEADLESS=true \
    STREAMLIT_SERVER_PORT=8501

VOLUME ["/data/runs", "/data/huggingface"]
USER 1000:1000
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["python", "deploy/healthy.py"]
CMD ["streamlit", "run", "serve.py"]

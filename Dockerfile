# The app in a container; docs/deployment.md says how to run it, and what can be set.
#
#   docker build -t gca-viz .                           numbers on the CPU
#   docker build -t gca-viz --build-arg TORCH=cuda .    numbers on NVIDIA GPUs
#   docker run -p 8501:8501 -v gca-viz-cache:/cache gca-viz
ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS build
# cpu: PyTorch's own wheels without CUDA; uv knows where they lie. cuda: the wheel of the package index, with CUDA.
# cu130, rocm7.0, …: another of the backends that uv knows.
ARG TORCH=cpu
# Extras of gca-viz, with commas between: hub,pretrained
ARG EXTRAS=
ENV VIRTUAL_ENV=/opt/gca-viz UV_COMPILE_BYTECODE=1
WORKDIR /source
RUN pip install --no-cache-dir uv==0.13.9 && python -m venv --without-pip /opt/gca-viz
# What is needed changes less often than the code, and is a layer of its own.
COPY requirements.txt constraints.txt ./
RUN [ "$TORCH" = cuda ] || export UV_TORCH_BACKEND="$TORCH"; \
    uv pip install --no-cache -c constraints.txt -r requirements.txt
COPY pyproject.toml setup.py MANIFEST.in README.md LICENSE app.py ./
COPY .streamlit .streamlit
COPY gca_viz gca_viz
COPY data data
COPY models models
RUN [ "$TORCH" = cuda ] || export UV_TORCH_BACKEND="$TORCH"; \
    uv build --no-cache --wheel --out-dir /wheel \
    && uv pip install --no-cache -c constraints.txt "$(echo /wheel/*.whl)[$EXTRAS]"

FROM python:${PYTHON}-slim
RUN useradd --create-home --uid 1000 gca-viz && install --directory --owner gca-viz --group gca-viz /cache
COPY --from=build /opt/gca-viz /opt/gca-viz
# One thread per computation and few memory arenas keep many sessions quick on a small machine. All that is worth
# keeping lies in one volume.
ENV PATH=/opt/gca-viz/bin:$PATH \
    PORT=8501 \
    OMP_NUM_THREADS=1 \
    OMP_WAIT_POLICY=PASSIVE \
    MALLOC_ARENA_MAX=2 \
    GCA_VIZ_CACHE=/cache/embeddings \
    HF_HOME=/cache/huggingface \
    NUMBA_CACHE_DIR=/cache/numba
USER 1000
# An image that cannot compute is not made.
RUN GCA_VIZ_CACHE=/tmp/embeddings gca-viz doctor && rm -rf /tmp/embeddings
# Compiled once, into the volume.
RUN python -c 'from gca_viz.geometry.projection import compile_umap; compile_umap()'
VOLUME /cache
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + os.path.join('/', os.environ.get('STREAMLIT_SERVER_BASE_URL_PATH', ''), '_stcore/health'), timeout=4)"]
CMD ["sh", "-c", "exec gca-viz app --address 0.0.0.0 --port \"$PORT\""]

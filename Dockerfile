# The server. docker-compose.yml builds and starts it; docs/docker.md tells how to run it by itself.
# Base images are pinned by their tags: a digest changes with each security update, which a new build then takes.

FROM node:20-slim AS pages
WORKDIR /source/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN ["npm", "ci"]
COPY frontend .
RUN ["npm", "run", "build"]

FROM python:3.11-slim-bookworm AS wheel
WORKDIR /source
COPY requirements/build.txt requirements/
RUN ["pip", "install", "--no-cache-dir", "--only-binary", ":all:", "--require-hashes", "-r", "requirements/build.txt"]
COPY . .
COPY --from=pages /source/backend/cbir/pages backend/cbir/pages
RUN ["pip", "wheel", "--no-cache-dir", "--no-deps", "--no-build-isolation", "--wheel-dir", "/wheels", "."]

FROM python:3.11-slim-bookworm AS packages
RUN ["python", "-m", "venv", "/opt/cbir"]
COPY requirements/runtime.txt /requirements/
RUN ["/opt/cbir/bin/pip", "install", "--no-cache-dir", "--only-binary", ":all:", "--require-hashes", "-r", "/requirements/runtime.txt"]
COPY --from=wheel /wheels /wheels
RUN /opt/cbir/bin/pip install --no-cache-dir --no-deps --no-index /wheels/*.whl

FROM python:3.11-slim-bookworm
COPY --from=packages /opt/cbir /opt/cbir
# Group 0 owns what is written, so that any user of that group may run it: docker run --user ANY:0
RUN useradd --uid 1000 --gid 0 --no-create-home --home-dir /data cbir \
 && install --directory --owner 1000 --group 0 --mode 770 /data /cache \
 && install --directory --mode 755 /photos
# Large uploads wait in TMPDIR, as files without a name: on the disk, since /tmp is usually memory in a container.
ENV PATH=/opt/cbir/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/data \
    TMPDIR=/cache \
    CBIR_DATA_DIR=/data \
    CBIR_CACHE_DIR=/cache \
    CBIR_WEIGHTS_DIR=/cache/weights \
    KERAS_HOME=/cache/keras \
    NUMBA_CACHE_DIR=/cache/numba
USER 1000:0
VOLUME ["/data", "/cache"]
EXPOSE 8000
HEALTHCHECK --start-period=1m --interval=30s --timeout=10s --retries=3 CMD ["python", "-m", "cbir.serving.healthcheck"]
CMD ["cbir", "serve", "/photos", "--host", "0.0.0.0"]

# The operator's image: what `inference-operator run` and `inference-operator release` need, and no more. Built by
# `make image`, or by any builder from the repository's root.
FROM python:3.13-slim AS build
# Another index than PyPI, by --build-arg. Only this stage knows it.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
# The moment that is written into all that has one.
ARG SOURCE_DATE_EPOCH=315619200
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore \
    PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0
WORKDIR /src
COPY tools/locked.py pyproject.toml constraints.txt ./
# Wheels alone, each by its hash. The environment has no pip of its own.
RUN python3 -m venv --without-pip /opt/inference-operator \
 && python3 locked.py --extra otel > runtime.txt \
 && python3 locked.py --build > build.txt \
 && python3 -m pip install --quiet --no-deps --require-hashes --only-binary=:all: --target /build -r build.txt \
 && python3 -m pip --python /opt/inference-operator/bin/python install --quiet --no-compile --no-deps --require-hashes \
      --only-binary=:all: -r runtime.txt
COPY README.md LICENSE ./
COPY operator operator
# The generated classes of the Kubernetes client, 70 MB, are imported by nobody here; its connection and configuration are.
# Byte code goes by the hash of its source, not by a time.
RUN PYTHONPATH=/build python3 -m pip wheel --quiet --no-deps --no-index --no-build-isolation --wheel-dir /wheels . \
 && python3 -m pip --python /opt/inference-operator/bin/python install --quiet --no-compile --no-deps --no-index /wheels/*.whl \
 && packages=$(/opt/inference-operator/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
 && find "$packages/kubernetes" -path '*/client/models/*.py' ! -name __init__.py -delete \
 && find "$packages/kubernetes" -path '*/client/api/*.py' ! -name __init__.py -delete \
 && find "$packages" -name tests -type d -prune -exec rm -rf {} + \
 && /opt/inference-operator/bin/python -m compileall -qf -j 1 --invalidation-mode unchecked-hash "$packages" \
 && find /opt/inference-operator -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

FROM python:3.13-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="inference-operator" \
      org.opencontainers.image.description="Managed inference endpoints as Kubernetes resources" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /opt/inference-operator /opt/inference-operator
ENV PATH=/opt/inference-operator/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# Nobody in particular: nothing is ever written.
USER 65532:65532
WORKDIR /
ENTRYPOINT ["inference-operator"]
CMD ["run"]

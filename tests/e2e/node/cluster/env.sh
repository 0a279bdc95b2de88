# Shared settings; sourced by the other scripts.
HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
CACHE="${NODE_CLUSTER_HOME:-$HOME/.cache/node-cluster}"
BIN="$CACHE/bin"
RUN="$CACHE/run"
K8S=v1.34.4          # k8s.io/kubernetes
STAGING=v0.34.4      # k8s.io/* staging modules of that release
ETCD=v3.6.6
HOST_IP=10.244.0.1
export GOFLAGS="-mod=mod -buildvcs=false" CGO_ENABLED=0 STORAGE_DRIVER=vfs

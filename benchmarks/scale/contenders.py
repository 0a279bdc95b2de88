"""Who takes part, by the names that tables and raw data have."""

THREADS = 16
"""In which the vendor's client runs besides."""
OPERATOR, KOPF = "operator", "kopf timers"
HUB = "hub client"
HUB_THREADS = f"{HUB}, {THREADS} threads"
BARE_HTTP, BARE_KUBE = "bare HTTP", "bare Kubernetes"

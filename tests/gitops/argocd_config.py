"""`python -m tests.gitops.argocd_config` writes deploy/argocd/argocd-cm.yaml anew from the Lua beside it."""

import yaml
from tests.gitops.lua import ARGOCD, Readable, rendered

_HEAD = "# Adds health and actions to Argo CD: made of the Lua beside it by python -m tests.gitops.argocd_config.\n"


def main() -> None:
    """Write the patch."""
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "argocd-cm",
            "namespace": "argocd",
            "labels": {"app.kubernetes.io/part-of": "argocd"},
        },
        "data": rendered(),
    }
    text = yaml.dump(config, Dumper=Readable, sort_keys=False)
    (ARGOCD / "argocd-cm.yaml").write_text(_HEAD + text)


if __name__ == "__main__":
    main()

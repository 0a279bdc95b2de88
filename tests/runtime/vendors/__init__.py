"""The simulated vendors, each told and seen in one language, so that one history is played at any of them.

The language is that of the first one: a change of `maxReplica`, of `tags`, of `model.secrets`. `View` is an endpoint
in it, whatever the vendor calls its parts.
"""

from tests.runtime.vendors.hugging_face import HuggingFaceVendor
from tests.runtime.vendors.tir import TirVendor
from tests.runtime.vendors.vendor import Vendor

__all__ = ["VENDORS", "Vendor"]

VENDORS: dict[str, type[Vendor]] = {"huggingFace": HuggingFaceVendor, "tir": TirVendor}

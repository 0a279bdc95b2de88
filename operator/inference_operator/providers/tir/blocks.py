"""What TIR adds to the API of the operator."""

from inference_operator.api.registry import ProviderBlocks
from inference_operator.providers.tir.account import TirAccount
from inference_operator.providers.tir.spec import TirEndpoint
from inference_operator.providers.tir.spec_rules import ACCOUNT_RULES, ENDPOINT_RULES, KEY

BLOCKS = ProviderBlocks(
    key=KEY,
    endpoint=TirEndpoint,
    account=TirAccount,
    endpoint_rules=ENDPOINT_RULES,
    account_rules=ACCOUNT_RULES,
    source="E2E Networks TIR model endpoint API",
)

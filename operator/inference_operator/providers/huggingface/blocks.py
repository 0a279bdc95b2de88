"""What Hugging Face adds to the API of the operator."""

from inference_operator.api.registry import ProviderBlocks
from inference_operator.providers.huggingface.account import HuggingFaceAccount
from inference_operator.providers.huggingface.spec import HuggingFaceEndpoint
from inference_operator.providers.huggingface.spec_rules import ACCOUNT_RULES, ENDPOINT_RULES, KEY

BLOCKS = ProviderBlocks(
    key=KEY,
    endpoint=HuggingFaceEndpoint,
    account=HuggingFaceAccount,
    endpoint_rules=ENDPOINT_RULES,
    account_rules=ACCOUNT_RULES,
    source="Hugging Face Inference Endpoints API 2.0.0",
    selectable=("type", "model.task"),
)

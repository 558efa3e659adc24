"""The client for an endpoint's provider: ours, or LangChain's."""

from __future__ import annotations

from finetune.inference.endpoint import Endpoint, EndpointSettings


def endpoint_for(settings: EndpointSettings) -> Endpoint:
    """Our own client, or LangChain's for the provider that is named; SetupError where it cannot be asked."""
    if settings.provider == "openai_compatible":
        return Endpoint(settings)
    from finetune.inference.langchain import LangchainEndpoint

    return LangchainEndpoint(settings)

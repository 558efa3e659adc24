"""An embeddings API: every vector at its text's place whatever the server does, or one error that says why; the key stays secret."""

from __future__ import annotations

import numpy as np
import pytest

from finetune.errors import SetupError
from finetune.inference.embeddings import EmbeddingsEndpoint, EmbeddingsSettings
from tests.embeddings_server import embeddings_server
from tests.retrieval.letters import Letters

TEXTS = [f"{chr(97 + n % 26) * (1 + n % 7)} text {n}" for n in range(70)]


def test_vectors_stand_at_their_texts_places_after_faults_that_pass() -> None:
    with embeddings_server() as server:
        server.faults = ["busy", "few", "short"]
        endpoint = EmbeddingsEndpoint(EmbeddingsSettings(server.url, "m", retries=6))
        found = endpoint.embed_documents(TEXTS)
    assert np.allclose(found, [Letters().embed_query(text) for text in TEXTS])
    assert endpoint.tokens == sum(server.asked.values()) > len(TEXTS)


@pytest.mark.parametrize(
    ("fault", "said"), [("out of order", "HTTP 400: .*out of order"), ("late", "no answer within 0.3 s"), ("locked", "MY_KEY")]
)
def test_what_lasts_is_one_error_that_names_it(fault: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-a-very-secret-key")
    with embeddings_server() as server:
        server.faults = [fault] * 9
        endpoint = EmbeddingsEndpoint(EmbeddingsSettings(server.url, "m", "MY_KEY", retries=0, timeout_s=0.3))
        with pytest.raises(SetupError, match=said) as told:
            endpoint.embed_query("tides")
    assert server.keys == {"Bearer sk-a-very-secret-key"}
    assert "secret" not in str(told.value)


def test_an_address_where_nobody_is_is_named() -> None:
    with pytest.raises(SetupError, match="nothing listens at"):
        EmbeddingsEndpoint(EmbeddingsSettings("http://127.0.0.1:9/v1", "m", retries=0)).embed_query("tides")

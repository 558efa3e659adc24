"""What may be spent on an endpoint, and was. Asks nothing."""

from __future__ import annotations

from collections.abc import Mapping


class Budget:
    """What was spent and what is under way. A request that might exceed the budget is not sent."""

    def __init__(self, prices: Mapping[str, float], limits: Mapping[str, float]) -> None:
        """`prices`: money a million tokens, `input` and `output`; `limits`: `tokens` and `money` at most."""
        self._prices, self._limits = prices, limits
        self.spent = dict.fromkeys(("tokens", "money"), 0.0)
        self._reserved = dict.fromkeys(("tokens", "money"), 0.0)

    def refuses(self, sent: int, written: int) -> str:
        """Why a request of so many tokens may not be sent; empty: it may."""
        return self._refuses(self._cost(sent, written))

    def refuses_training(self, tokens: int, money: float) -> str:
        """The same for a training of so many tokens."""
        return self._refuses({"tokens": float(tokens), "money": money})

    def spend_training(self, tokens: int, money: float) -> None:
        self.spent["tokens"] += max(tokens, 0)
        self.spent["money"] += max(money, 0.0)

    def _refuses(self, cost: Mapping[str, float]) -> str:
        for unit, more in cost.items():
            if unit in self._limits and self.spent[unit] + self._reserved[unit] + more > self._limits[unit]:
                return f"the budget of {self._limits[unit]:g} {unit} is used up"
        return ""

    def reserve(self, sent: int, written: int, sign: int = 1) -> None:
        for unit, more in self._cost(sent, written).items():
            self._reserved[unit] += sign * more

    def spend(self, sent: int, written: int) -> None:
        """Counts of tokens, none below 0: nothing is ever given back."""
        for unit, more in self._cost(max(sent, 0), max(written, 0)).items():
            self.spent[unit] += more

    def _cost(self, sent: int, written: int) -> dict[str, float]:
        money = (sent * self._prices.get("input", 0.0) + written * self._prices.get("output", 0.0)) / 1e6
        return {"tokens": float(sent + written), "money": money}

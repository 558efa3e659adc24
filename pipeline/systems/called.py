"""A system that is a Python object of the team's own: a LangChain Runnable, or a function of the input."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.errors import UserError
from pipeline.experiment.systems_section import System
from pipeline.own_code.process import Broken, Failed, OwnProcess
from pipeline.systems.patience import Patience
from pipeline.systems.reply import Malformed, Question, Reply, failed, reply_of


class Called:
    """Asked one question after the other, in a process of its own."""

    again = True

    def __init__(self, system: System, folder: str) -> None:
        self._system, self._folder = system, folder

    def run(self, questions: Sequence[Question], on_reply: Callable[[Question, Reply], None]) -> None:
        """The reply to each question, in order; a UserError where it cannot be imported."""
        system, patience = self._system, Patience()
        if not questions:
            return
        with OwnProcess(
            str(system.call), self._folder, "call", system.timeout_s, tuple(system.environment), system.input_key or ""
        ) as process:
            for question in questions:
                reply = failed(patience.hopeless) if patience.hopeless else self._asked(process, question)
                patience.saw(reply)
                on_reply(question, reply)

    def _asked(self, process: OwnProcess, question: Question) -> Reply:
        try:
            said = process.ask(question.to_json())
            reply = reply_of(said.value)
        except Broken as error:
            remedy = "It runs without your keys: name those it needs in systems[].environment."
            raise UserError(f"{error}.", where=f"systems.{self._system.name}.call", remedy=remedy) from None
        except Failed as error:
            return failed(str(error), error.seconds)
        except Malformed as error:
            return failed(str(error))
        return reply if reply.seconds is not None else Reply(**{**vars(reply), "seconds": said.seconds})

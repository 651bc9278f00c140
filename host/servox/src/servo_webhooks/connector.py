"""The connector for servox: connects its events and channels with the webhooks."""

from __future__ import annotations

import asyncio
import atexit
import importlib.metadata
import os
from collections.abc import Coroutine
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import click
import pydantic
import servo
import servo.checks
from servo.events import Event, EventResult, Preposition

from . import notification, reachability
from .configuration import Configuration, ConfigurationError
from .dispatch import BRACKETED, Dispatch
from .forward import Forward, is_first
from .log import logger
from .notification import EventError
from .options import SOURCE, Options, unknown_variables
from .outcome import DeliveryOutcome, Publication
from .settings import WebhooksConfiguration, connector
from .webhooks import Webhooks

__version__ = importlib.metadata.version("servo-webhooks")

_connectors: WeakSet[WebhooksConnector] = WeakSet()
"""All of this process."""

_inherited: list[Webhooks] = []
"""Those at work in the process that this one was forked from."""


class _Observer:
    """Publishes answers on the servo's channels; deliveries are logged where they end."""

    def __init__(self, owner: WebhooksConnector) -> None:
        self._owner = owner

    def delivery(self, outcome: DeliveryOutcome) -> None:
        """There is nothing else to do."""

    def publication(self, publication: Publication) -> None:
        """Passes an answer from the worker's thread to the servo's loop."""
        loop = self._owner.loop
        if loop is None or loop.is_closed() or not self._owner.pubsub_exchange.running:
            logger.warning(f"an answer for the channel {publication.channel} was dropped: no servo is running")
            return
        try:
            loop.call_soon_threadsafe(lambda: loop.create_task(self._publish(publication)))
        except RuntimeError:
            logger.warning(f"an answer for the channel {publication.channel} was dropped: the servo's loop has ended")

    async def _publish(self, publication: Publication) -> None:
        exchange = self._owner.pubsub_exchange
        channel = exchange.get_channel(publication.channel) or exchange.create_channel(publication.channel)
        message = servo.pubsub.Message(content=publication.content, content_type=publication.content_type)
        await exchange.publish(message, channel)


@servo.metadata(
    name=("servo-webhooks", "webhooks"),
    description="Dispatch servo events via HTTP webhooks",
    version=__version__,
    homepage="https://github.com/opsani/servo-webhooks",
    license=servo.License.apache2,
    maturity=servo.Maturity.experimental,
)
class WebhooksConnector(servo.BaseConnector):
    """Asks webhooks before events of the servo and tells them after.

    Nothing is registered as a handler: servox keeps handlers by class, so that two
    connectors of this class would tell everything twice. What servox calls to run the
    handlers of a connector is what asks and tells, for every event there is.
    """

    config: WebhooksConfiguration

    _webhooks: Webhooks | None = pydantic.PrivateAttr(None)
    _configuration: Configuration | None = pydantic.PrivateAttr(None)
    _options: Options = pydantic.PrivateAttr()
    _forward: Forward | None = pydantic.PrivateAttr(None)
    _channels: list[str] = pydantic.PrivateAttr([])
    _loop: asyncio.AbstractEventLoop | None = pydantic.PrivateAttr(None)
    _dispatches: WeakKeyDictionary[asyncio.Task[Any], Dispatch] = pydantic.PrivateAttr(
        default_factory=WeakKeyDictionary
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._configuration = self.config.configuration()
        for problem in self._configuration.problems:
            logger.warning(str(problem))
        self._options = Options.from_env()
        self._forward = Forward.from_env()
        self._channels = self._configuration.channels
        _connectors.add(self)
        # A command ends without an event that says so; its loop is closed by then.
        if context := click.get_current_context(silent=True):
            context.find_root().call_on_close(self._drain)
        else:
            atexit.register(self._drain)

    def __eq__(self, other: object) -> bool:
        return self is other  # By all that it holds, as pydantic does it, takes longer than a delivery.

    __hash__ = servo.BaseConnector.__hash__

    @property
    def webhooks(self) -> Webhooks:
        """The running webhooks. They start with the first event, when all servos of the
        assembly are known. In a forked child they start again; what is waiting in the parent
        stays there.

        Raises:
            ConfigurationError: If something that they refer to has gone since.
        """
        if self._webhooks is None or self._webhooks.is_inherited:
            self._warn_of_variables()
            if self._webhooks is not None:
                # Its loop and connections are shared with the parent: nothing may close them.
                _inherited.append(self._webhooks)
                self._configuration = None
            source = self._source()
            configuration = self._configuration
            if configuration is None or configuration.source != source:
                configuration = self.config.configuration(source)
            self._webhooks = Webhooks(connector(), configuration, self._options, _Observer(self), self._forward)
        return self._webhooks

    @property
    def _assembly(self) -> list[WebhooksConnector]:
        """All connectors of this kind in the assembly."""
        return [each for each in _connectors if each.pubsub_exchange is self.pubsub_exchange]

    def _warn_of_variables(self) -> None:
        """Once for all connectors: a variable may be in the configuration of another one."""
        connectors = self._assembly
        if any(each._webhooks is not None for each in connectors):
            return
        used = {name for each in connectors if each._configuration for name in each._configuration.variables}
        for warning in (*self._options.allow.warnings, *unknown_variables(used)):
            logger.warning(warning)

    def _source(self) -> str:
        """The name of the servo in the bodies of its events. Of several servos in one assembly
        each has its own."""
        source = os.environ.get(SOURCE, "")
        servos = {id(each._optimizer) for each in self._assembly}
        own = getattr(self._optimizer, "id", None)
        return f"{source}/{own}" if source and own and len(servos) > 1 else source

    def _drain(self) -> None:
        if self._webhooks is not None:
            self._webhooks.shutdown()

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop in which the servo dispatched its last event."""
        return self._loop

    @classmethod
    def responds_to_event(cls, event: Event | str) -> bool:
        """To every event: whether a webhook listens is found out when it happens. Some commands
        of servox skip connectors that do not respond."""
        return True

    def run_event_handlers(
        self,
        event: Event,
        preposition: Preposition,
        *args: Any,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> Coroutine[Any, Any, list[EventResult] | None]:
        """Calls the webhooks, in addition to any handlers.

        This much of it runs in the task that dispatches the event, where both sides of it
        can be told to be of one.
        """
        self._loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None
        dispatch = self._dispatches.get(task)
        if preposition == Preposition.before or dispatch is None or dispatch.event is not event:
            # Without a side before it, what comes after is told without parameters.
            known = args if preposition != Preposition.after else ()
            dispatch = self._dispatches[task] = Dispatch(event, known, kwargs)
        handlers = super().run_event_handlers(event, preposition, *args, return_exceptions=return_exceptions, **kwargs)
        if preposition == Preposition.before:
            return self._before(dispatch, handlers)
        if preposition == Preposition.after:
            return self._after(dispatch, args[0] if args else [], handlers)
        if event.name == "attach":
            # No handler: it would add a result of ours to the event.
            self._listen()
        if event.name in BRACKETED:
            return self._bracketed(dispatch, handlers)
        return handlers

    async def _before(
        self, dispatch: Dispatch, handlers: Coroutine[Any, Any, list[EventResult] | None]
    ) -> list[EventResult] | None:
        found = await handlers
        await self._ask(dispatch)
        return found

    async def _after(
        self, dispatch: Dispatch, results: list[EventResult], handlers: Coroutine[Any, Any, list[EventResult] | None]
    ) -> list[EventResult] | None:
        found = await handlers
        if not dispatch.settled:
            await self._tell(dispatch, results)
        if dispatch.event.name == "detach":
            # The last that this connector hears. The servo's loop goes on meanwhile.
            await asyncio.to_thread(self.webhooks.shutdown)
        return found

    async def _bracketed(
        self, dispatch: Dispatch, handlers: Coroutine[Any, Any, list[EventResult] | None]
    ) -> list[EventResult] | None:
        """Adds the sides of an event that servox dispatches without them."""
        dispatch.settled = True
        try:
            await self._ask(dispatch)
        except BaseException:
            handlers.close()
            raise
        found = await handlers
        await self._tell(dispatch, found or [])
        return found

    async def _ask(self, dispatch: Dispatch) -> None:
        """Asks the webhooks before an event.

        Raises:
            EventCancelledError: With the reason of the first that cancels it.
        """
        name = f"before:{dispatch.event.name}"
        if not self._has_recipients(name):
            return
        try:
            asked = notification.event(name, dispatch.parameters(), None, dispatch.id)
        except EventError as error:
            asked = notification.impossible(name, error, dispatch.id)
        outcome = await self.webhooks.before(asked)
        if outcome.outcome == "cancelled":
            reason = outcome.reason or ""
            logger.warning(f"{asked.label}: cancelled: {reason}")
            # Without a connector in the error servox 25.3.0 fails while it reports it.
            raise servo.errors.EventCancelledError(reason, reason, connector=self, event=dispatch.event)

    async def _tell(self, dispatch: Dispatch, results: list[EventResult]) -> None:
        """Calls the webhooks after an event. Whoever it is handed over to knows who listens."""
        name = f"after:{dispatch.event.name}"
        if not (is_first(self, self._assembly) if self._forward else self._has_recipients(name)):
            return
        try:
            told = notification.event(name, dispatch.parameters(), dispatch.results(results), dispatch.id)
            await self.webhooks.after(told)
        except (EventError, ConfigurationError) as error:
            # After a fork a secret's file may be gone: what has happened does not fail for it.
            logger.error(f"{name}, event {dispatch.id}: rejected: {error}")

    def _has_recipients(self, name: str) -> bool:
        """Whether any webhook listens. If none does, the event is not even encoded."""
        try:
            return bool(self.webhooks.configuration.select(name))
        except Exception:
            # The connector cannot say: it is asked again where that is settled by rule.
            return True

    def _listen(self) -> None:
        """Subscribes to the channels of the webhooks, once."""
        channels, self._channels = self._channels, []
        for name in channels:
            self.subscribe(name, name=name)(self._heard)

    async def _heard(self, message: servo.pubsub.Message, channel: servo.pubsub.Channel) -> None:
        if self._forward and not is_first(self, self._assembly, channel.name):
            return
        try:
            passed = notification.message(channel.name, message.content_type, message.content)
            await self.webhooks.after(passed)
        except (EventError, ConfigurationError) as error:
            logger.error(f"channel:{channel.name}: rejected: {error}")

    @servo.on_event()
    async def check(
        self,
        matching: servo.CheckFilter | None,
        halt_on: servo.ErrorSeverity | None = servo.ErrorSeverity.critical,
    ) -> list[servo.Check]:
        """Whether the endpoints can be reached."""
        return await reachability.check(self.webhooks, matching)

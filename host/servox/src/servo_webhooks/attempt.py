"""One attempt: signed, sent, and judged by the connector."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from . import headers as header_rules
from .awake_clock import clock, limit
from .breaker import Admission, Health, Limits, Probe, Waited
from .log import logger
from .log_limit import LogLimit
from .outbound import Answer, Body, Client, Lacking, NoAnswer, Refused, Request
from .outcome import Publication
from .rendered_request import RenderedRequest
from .sandbox import CallError, Connector, Starved, records
from .sanitize import sanitize
from .starved_calls import patiently
from .times import LONGEST, display, nanoseconds, unix_nanoseconds
from .webhook import Remembered, Webhook

_warnings = LogLimit("answer")

_GRACE = 1.0
"""Seconds in which an answer that has come is judged, though memory is short."""


class AttemptInfo(NamedTuple):
    """Identifies an attempt."""

    about: str
    """The event with its id, for the log."""
    delivery: str
    """The same on every attempt."""
    number: int
    """Counts from 1."""
    first: float
    """When the first attempt began, by the monotonic clock."""
    deadline: float
    """No answer counts after this, by the clock of the worker's loop."""
    before: bool
    """The event waits for the answer."""
    manual: bool = False
    """A person sent it to try."""

    def __str__(self) -> str:
        return f"{self.about}, delivery {self.delivery}"


class Verdict(NamedTuple):
    """What to do next."""

    kind: str
    """`delivered`, `cancel`, `retry`, `failed`, `gone`, or `lacking`: this machine lacked
    something, and nobody else is to blame."""
    why: str = ""
    wait: float = 0.0
    """Seconds before a retry."""


class Unread(NamedTuple):
    """An answer whose body is wanted for a response channel."""

    answer: Answer
    info: AttemptInfo


class AttemptResult(NamedTuple):
    """The result of an attempt."""

    verdict: Verdict
    status: int | None = None
    health: Health = Health.NONE
    publish: Unread | None = None


class AttemptContext:
    """Makes attempts."""

    def __init__(
        self, connector: Connector, client: Client, answer_headers: frozenset[str], answer_cap: int, limits: Limits
    ) -> None:
        self._connector = connector
        self.client = client
        self._answer_headers = answer_headers
        self._answer_cap = answer_cap
        self._limits = limits
        self.on_closed: Callable[[], None] = lambda: None
        """Is called when a breaker has closed."""

    def admit(self, webhook: Webhook, now: float, waited: Waited) -> Admission:
        """Asks the breaker of a webhook whether a delivery may be sent."""
        admission = webhook.breaker.admit(now, waited)
        if admission.probe and not admission.probe.is_extra:
            logger.info(f"{webhook.label}: breaker half-open: sending a probe")
        return admission

    def note(self, webhook: Webhook, result: AttemptResult, *, probe: Probe | None, last: bool) -> None:
        """Tells the breaker the result of an attempt; `last` if there is no retry."""
        change = webhook.breaker.note(self._limits, time.monotonic(), result.health, probe=probe, last=last)
        if change:
            log = logger.error if change.state == "open" else logger.warning
            log(f"{webhook.label}: {change.text}" + (f": {result.verdict.why}" if change.state == "open" else ""))
            if change.state == "closed":
                self.on_closed()

    async def attempt(self, webhook: Webhook, rendered: RenderedRequest, info: AttemptInfo) -> AttemptResult:
        """Makes one attempt; it ends by its deadline."""
        began = clock().now()
        try:
            answer = await self.answer(webhook, rendered, info)
        except Lacking as error:
            return AttemptResult(Verdict("lacking", str(error)))
        except (Refused, CallError, ValueError) as error:
            return AttemptResult(Verdict("failed", str(error)))
        except NoAnswer as error:
            return await self._without_answer(webhook, info, str(error))
        except TimeoutError:
            return await self._without_answer(webhook, info, f"no answer within {display(info.deadline - began)}")
        return await self._with_answer(webhook, info, answer)

    async def answer(self, webhook: Webhook, rendered: RenderedRequest, info: AttemptInfo) -> Answer:
        """Sends the request and waits for status and headers.

        Raises:
            ValueError: If no request can be made.
            CallError: If the connector fails.
            Refused: If the target is not allowed.
            NoAnswer: If none comes.
            TimeoutError: If none comes in time.
            Lacking: If this machine lacked what sending takes, all the time.
        """
        if webhook.target is None:
            raise ValueError("its url is a reference that could not be resolved")
        request = Request(webhook.target, webhook.version, [], rendered.body, urgent=info.before)
        try:
            async with limit(info.deadline):
                signed = partial(self._headers, webhook, rendered, info)
                request.headers = await patiently(signed, info.deadline)
                return await self.client.send(request)
        except Starved as error:
            raise Lacking(str(error)) from None
        except TimeoutError:
            if request.lacking:
                raise Lacking(f"{request.lacking}; it could not be sent in time") from None
            raise

    def _headers(self, webhook: Webhook, rendered: RenderedRequest, info: AttemptInfo) -> header_rules.Pairs:
        """All headers of the request except those of the transport."""
        if not webhook.secrets:
            raise ValueError("its secret is a reference that could not be resolved")
        keys = [secret.expose() for secret in webhook.secrets]
        signing = records.SigningContext(info.delivery, info.number, unix_nanoseconds())
        tag, signed = self._connector.sign(webhook.scheme, keys, signing, rendered.content)
        if tag == "err":
            raise ValueError(f"secret {signed.secret}: {sanitize(signed.message)}")
        pairs = [
            *webhook.headers,
            *rendered.headers,
            *header_rules.signatures(signed),
            ("X-Servo-Delivery", info.delivery),
            ("X-Servo-Attempt", str(info.number)),
        ]
        if info.before:
            left = max(0.0, info.deadline - clock().now())
            pairs.append(("X-Servo-Timeout", str(int(left * 1000))))
        if info.manual:
            pairs.append(("X-Servo-Trigger", "manual"))
        return pairs

    async def _without_answer(self, webhook: Webhook, info: AttemptInfo, why: str) -> AttemptResult:
        try:
            ruling = await _judged(partial(self.judge, webhook, info, ("no-answer", why)), info)
            verdict = _verdict(ruling.verdict, why)
        except CallError as error:
            verdict = Verdict("failed", f"{why}; {error}")
        return AttemptResult(verdict, health=Health.DOWN)

    async def _with_answer(self, webhook: Webhook, info: AttemptInfo, answer: Answer) -> AttemptResult:
        status = answer.status
        health = Health.DOWN if status >= 500 else Health.UP
        retries = webhook.retries(info.before)
        remembered = Remembered(status, tuple(value for name, value in answer.headers if name == "content-type"))
        if retries.delivered == remembered:
            await answer.finish()
            return AttemptResult(Verdict("delivered"), status, health)
        try:
            ruling = await _judged(partial(self.judge_answer, webhook, info, answer, None), info)
        except CallError as error:
            await answer.finish()
            return AttemptResult(Verdict("failed", f"answered {status}; {error}"), status, health)
        _warn(webhook, info, ruling)
        verdict = _verdict(ruling.verdict, f"answered {status}")
        if verdict.kind == "cancel" and ruling.read_body:
            body = await answer.read(self._answer_cap, info.deadline)
            verdict = await self._with_reason(webhook, info, answer, body, verdict)
        elif verdict.kind == "delivered" and ruling.read_body:
            return AttemptResult(verdict, status, health, Unread(answer, info))
        else:
            if verdict.kind == "delivered" and ruling.warning is None:
                retries.delivered = remembered
            await answer.finish()
        return AttemptResult(verdict, status, health)

    async def _with_reason(
        self, webhook: Webhook, info: AttemptInfo, answer: Answer, body: Body, verdict: Verdict
    ) -> Verdict:
        """Reads the body of a cancel for its reason. The event is cancelled even if that fails."""
        try:
            ruling = await _judged(partial(self.judge_answer, webhook, info, answer, body), info)
            kind, reason = ruling.verdict
        except CallError as error:
            logger.warning(f"{webhook.label}: {info}: cancelled, but the reason could not be read: {error}")
            return verdict
        return Verdict("cancel", sanitize(reason)) if kind == "cancel" else verdict

    async def publication(self, webhook: Webhook, unread: Unread) -> Publication | None:
        """Reads an answer's body for the response channel of its webhook."""
        answer, info = unread
        body = await self.read(answer, info)
        content_type = answer.header("content-type")
        try:
            ruling = await _judged(partial(self.judge_answer, webhook, info, answer, body), info)
        except CallError as error:
            logger.warning(f"{webhook.label}: {info}: answer not published: {error}")
            return None
        if ruling.warning is not None:
            logger.warning(f"{webhook.label}: {info}: {sanitize(ruling.warning)}")
        channel = webhook.response_channel
        if not ruling.publish or body.ending != "whole" or content_type is None or channel is None:
            return None
        return Publication(channel, content_type, body.content, webhook.name, info.delivery)

    async def read(self, answer: Answer, info: AttemptInfo) -> Body:
        """Reads a body up to the cap; one that is late counts as cut off."""
        return await answer.read(self._answer_cap, info.deadline)

    def judge_answer(self, webhook: Webhook, info: AttemptInfo, answer: Answer, body: Body | None) -> records.Ruling:
        """What an answer means, with its body or before that is read.

        Raises:
            CallError: If the connector fails or says what it cannot say.
        """
        judged_headers = [records.Header(*pair) for pair in answer.headers if pair[0] in self._answer_headers]
        text = records.AnswerBody(body.content.decode(errors="replace"), body.ending) if body else None
        ruling = self.judge(webhook, info, ("answer", records.Answer(answer.status, judged_headers, text)))
        if ruling.verdict[0] == "cancel" and not info.before:
            raise CallError.unusable("judge", "a cancel after the event")
        return ruling

    def judge(self, webhook: Webhook, info: AttemptInfo, outcome: tuple[str, object]) -> records.Ruling:
        """What an outcome means; whatever the connector says of it is checked.

        Raises:
            CallError: If the connector fails or says what it cannot say.
        """
        elapsed = nanoseconds(time.monotonic() - info.first)
        attempt = records.Attempt(info.number, elapsed, unix_nanoseconds(), outcome)  # type: ignore[arg-type]
        ruling = self._connector.judge(webhook.retries(info.before).policy, attempt)
        kind, wait = ruling.verdict
        if kind == "retry" and not wait.at_least <= wait.at_most <= LONGEST:
            raise CallError.unusable("judge", f"a wait of {wait.at_least} to {wait.at_most} ns")
        return ruling


def _warn(webhook: Webhook, info: AttemptInfo, ruling: records.Ruling) -> None:
    """Logs what the connector wants logged; not for each answer, if it is the same."""
    if ruling.warning is not None:
        warning = sanitize(ruling.warning)
        _warnings.warn((webhook.label, warning), f"{webhook.label}: {info}: {warning}")


async def _judged(judge: Callable[[], records.Ruling], info: AttemptInfo) -> records.Ruling:
    """Retries while memory is short, so that an answer in time is not lost."""
    try:
        return judge()
    except Starved:
        return await patiently(judge, max(info.deadline, clock().now() + _GRACE))


def _verdict(found: tuple[str, object], why: str) -> Verdict:
    kind, payload = found
    if kind == "retry" and isinstance(payload, records.Wait):
        return Verdict(kind, why, random.randint(payload.at_least, payload.at_most) / 1e9)
    return Verdict(kind, sanitize(payload) if isinstance(payload, str) else "")

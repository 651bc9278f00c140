"""The least that is a host: asks before an event, tells after it, retries, and obeys a cancel."""

import http.client, json, os, random, ssl, sys, time, urllib.parse, uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from wasmtime import Config, Engine, Store, component as wasm


class Connector:
    """The component. A guest that loops is stopped by its fuel, and every call has a fresh instance."""

    def __init__(self, file):
        config = Config()
        config.consume_fuel = True
        self.engine = Engine(config)
        self.component = wasm.Component.from_file(self.engine, file)
        if self.component.type.imports(self.engine):
            sys.exit(f"{file} imports something; a connector imports nothing")

    def call(self, name, *arguments):
        store = Store(self.engine)
        store.set_fuel(10_000_000_000)
        store.set_limits(memory_size=256 << 20)
        instance = wasm.Linker(self.engine).instantiate(store, self.component)
        interface = instance.get_export_index(store, "servo:webhooks/connector@0.1.0")
        return instance.get_func(store, instance.get_export_index(store, name, interface))(store, *arguments)


def record(**fields):
    """A record of the WIT, whose names have dashes."""
    made = wasm.Record()
    vars(made).update({name.replace("_", "-"): value for name, value in fields.items()})
    return made


class Configuration:
    """A list of webhooks in JSON, read by the component; secrets and references never reach it."""

    def __init__(self, connector, file):
        self.connector, self.values = connector, []
        webhooks = [self.hide(webhook) for webhook in json.loads(Path(file).read_text())["webhooks"]]
        read = connector.call("parse-config", json.dumps(webhooks), [], "")
        for problem in read.problems:
            print(f"{file}: {problem.severity}: {problem.path}: {problem.message}", file=sys.stderr)
        if any(problem.severity == "error" for problem in read.problems) or any(w.settings for w in read.webhooks):
            sys.exit(f"{file} cannot be used by this host")
        self.webhooks, self.answer_headers = read.webhooks, getattr(read, "answer-headers")
        for webhook in self.webhooks:
            self.sign(webhook, record(delivery="0", attempt=1, now=0), "")

    def hide(self, webhook):
        """Puts handles in the place of secrets and references."""
        secret, url, headers = webhook.get("secret"), webhook.get("url"), webhook.get("headers", {})
        referred = {name: self.handle(value) for name, value in headers.items() if isinstance(value, dict)}
        secret = [self.handle(item) for item in secret] if isinstance(secret, list) else self.handle(secret)
        url = self.handle(url) if isinstance(url, dict) else url
        return webhook | {"secret": secret, "url": url, "headers": headers | referred}

    def handle(self, value):
        if isinstance(value, dict):
            [(kind, place)] = value.items()
            value = os.environ.get(place) if kind == "env" else Path(place).read_text().removesuffix("\n")
        if not isinstance(value, str) or not value:
            sys.exit("a secret, url or header is empty or cannot be found")
        self.values.append(value)
        return {"handle": len(self.values) - 1}

    def value(self, value):
        """What a value stands for: of the variant's cases wasmtime gives a text as str, a handle as int."""
        return value if isinstance(value, str) else self.values[value]

    def sign(self, webhook, context, body):
        """Headers for one attempt; tried at load, so that an unusable secret is found before an event finds it."""
        secrets = [self.value(handle) for handle in webhook.secrets]
        signed = self.connector.call("sign", webhook.scheme, secrets, context, body)
        return signed if isinstance(signed, list) else sys.exit(f"secret {signed.secret}: {signed.message}")


def attempt(configuration, webhook, request, name, context):
    """One attempt: the answer, and what the component is to know of it, or why there is none."""
    signed = configuration.sign(webhook, context, request.body)
    headers = {header.name: configuration.value(header.value) for header in webhook.headers}
    headers |= {header.name: header.value for header in [*request.headers, *signed]}
    headers |= {"Content-Type": getattr(request, "content-type"), "X-Servo-Event": name, "Connection": "close"}
    headers |= {"X-Servo-Delivery": context.delivery, "X-Servo-Attempt": str(context.attempt)}
    headers |= {"X-Servo-Schema": str(version)} if (version := getattr(request, "schema-version")) else {}
    headers |= {"X-Servo-Timeout": str(webhook.timeout // 1_000_000)} if name.startswith("before:") else {}
    url = urllib.parse.urlsplit(configuration.value(webhook.url))
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    try:
        connection = kind(url.hostname, url.port, timeout=webhook.timeout / 1e9)
        connection.connect()
        try:
            connection.request("POST", url._replace(scheme="", netloc="").geturl() or "/", request.body.encode(), headers)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            pass  # It may have answered before it had read everything: reading decides.
        answer = connection.getresponse()
        # A byte above 0x7f beside a cancel is no consent.
        pairs = [(key.lower(), value.encode("latin-1").decode("ascii", "replace")) for key, value in answer.getheaders()]
        heard = [record(name=key, value=value) for key, value in pairs if key in configuration.answer_headers]
        return answer, record(status=answer.status, headers=heard, body=None)
    except (OSError, http.client.HTTPException) as error:
        return None, type(error).__name__


def body_of(answer):
    """The body, read only where it is wanted: whatever comes of that, status and headers have decided."""
    try:
        text = answer.read(64 << 10).decode(errors="replace")
        return record(text=text, ending="whole" if answer.isclosed() else "oversized")
    except (OSError, http.client.HTTPException):
        return record(text="", ending="broken")


def deliver(configuration, webhook, name, event):
    """One webhook and one event, with its retries: what it comes to, and why."""
    rendered = configuration.connector.call("render", webhook.shape, wasm.Variant("event", event))
    if not isinstance(rendered, wasm.Record):
        return ("skipped", rendered) if isinstance(rendered, str) else ("failed", rendered.payload)
    if rendered.warning:
        print(f"warning: {webhook.name}: {name} (event {event.id}): {rendered.warning}", file=sys.stderr)
    policy = (webhook.before if name.startswith("before:") else webhook.after).policy
    delivery, first, number = str(uuid.uuid4()), time.monotonic(), 0
    while True:
        number += 1
        context = record(delivery=delivery, attempt=number, now=time.time_ns())
        answer, outcome = attempt(configuration, webhook, rendered, name, context)
        elapsed = int((time.monotonic() - first) * 1e9)
        judged = record(number=number, elapsed=elapsed, now=time.time_ns(), outcome=outcome)
        ruling = configuration.connector.call("judge", policy, judged)
        if getattr(ruling, "read-body"):
            outcome.body = body_of(answer)
            ruling = configuration.connector.call("judge", policy, judged)
        tag, payload = ruling.verdict.tag, ruling.verdict.payload
        if tag != "retry":
            return tag, payload
        time.sleep(random.uniform(getattr(payload, "at-least"), getattr(payload, "at-most")) / 1e9)


def tell(configuration, name, parameters, results=None):
    """All webhooks that an event concerns, at once. Returns the reason of a cancel, if there is one."""
    created = datetime.now(timezone.utc).isoformat(timespec="microseconds")
    event = record(name=name, id=str(uuid.uuid4()), created=created, parameters=parameters, results=results)
    listeners = [webhook.events if webhook.enabled else [] for webhook in configuration.webhooks]
    selected = [configuration.webhooks[index] for index in configuration.connector.call("select", listeners, name)]
    with ThreadPoolExecutor(max(1, len(selected))) as pool:
        outcomes = list(pool.map(lambda webhook: deliver(configuration, webhook, name, event), selected))
    for webhook, (tag, why) in zip(selected, outcomes):
        print(f"{name} {webhook.name}: {tag}{f': {why}' if why else ''}", flush=True)
    unasked = {"failed", "gone"} if name.startswith("before:") else set()
    reasons = [why for webhook, (tag, why) in zip(selected, outcomes)
               if tag == "cancel" or tag in unasked and getattr(webhook, "on-error") == "cancel"]
    return reasons[0] if reasons else None

"""What stands elsewhere: URLs, secrets and header values from variables and files."""

from story import MEASURE, accepted, hook, refused, scenario


def told(name, why, fields, *, path="/store", secret="s3cr3t", **more):
    return scenario(
        name,
        why,
        [hook("store", "after:measure", **fields)],
        [MEASURE],
        requests={path: [MEASURE.request(secret=secret)]},
        outcomes=[MEASURE.outcome("accepted", accepted("store"))],
        deliveries=[MEASURE.delivery("store")],
        **more,
    )


def scenarios():
    yield told(
        "a secret from the environment",
        "a secret may be a variable",
        {"secret": {"env": "SERVO_SECRET"}},
        secret="from the environment",
        environment={"SERVO_SECRET": "from the environment"},
    )
    yield told(
        "a secret from a file",
        "a file is found beside the configuration, and its trailing newline is dropped",
        {"secret": {"file": "secret"}},
        secret="from a file",
        files={"secret": "from a file\n"},
    )
    yield told(
        "a secret from a file without a newline",
        "a file is read as it is",
        {"secret": {"file": "secret"}},
        secret=" from a file ",
        files={"secret": " from a file "},
    )
    yield told(
        "a secret in letters beyond ASCII",
        "the key is the secret in UTF-8",
        {"secret": "Schlüssel-鍵"},
        secret="Schlüssel-鍵",
    )
    yield told(
        "a list of secrets from everywhere",
        "the first of a list signs, wherever it comes from",
        {"secret": [{"env": "NEW"}, {"file": "old"}, "oldest"]},
        secret="the new one",
        environment={"NEW": "the new one"},
        files={"old": "the old one\n"},
    )
    yield told(
        "a URL from the environment",
        "a URL may be a variable, since many are secrets",
        {"url": {"env": "STORE_URL"}},
        path="/from-environment?token=t0ken",
        environment={"STORE_URL": "{responder}/from-environment?token=t0ken"},
    )
    yield told(
        "a URL from a file",
        "a URL may be in a file",
        {"url": {"file": "url"}},
        path="/from-a-file",
        files={"url": "{responder}/from-a-file\n"},
    )
    yield told(
        "a URL with a query",
        "path and query are sent as they are",
        {"url": "{responder}/a%20b/c?d=e%2Ff&g"},
        path="/a%20b/c?d=e%2Ff&g",
    )
    yield told(
        "a URL with a fragment",
        "a fragment is dropped",
        {"url": "{responder}/store#part"},
    )
    for what, field, value, more in [
        ("a secret whose variable is not set", "secret", {"env": "NOT_SET_ANYWHERE"}, {}),
        ("a secret whose variable is empty", "secret", {"env": "EMPTY"}, {"environment": {"EMPTY": ""}}),
        ("a secret whose file is not there", "secret", {"file": "not-there.txt"}, {}),
        ("a secret whose file is empty", "secret", {"file": "empty.txt"}, {"files": {"empty.txt": "\n"}}),
        ("a URL whose variable is not set", "url", {"env": "NOT_SET_ANYWHERE"}, {}),
    ]:
        yield refused(
            what,
            "a reference that cannot be resolved or is empty is an error for whatever sends",
            [hook("store", "after:measure") | {field: value}],
            (f"webhooks[0].{field}", next(iter(value.values()))),
            **more,
        )
    yield refused(
        "a URL from the environment that is none",
        "a URL behind a reference is held to the same rules",
        [hook("store", "after:measure", url={"env": "STORE_URL"})],
        ("webhooks[0].url", "http"),
        environment={"STORE_URL": "ftp://example.com/"},
    )
    yield refused(
        "a URL from the environment with a password",
        "userinfo is refused, behind a reference too",
        [hook("store", "after:measure", url={"env": "STORE_URL"})],
        ("webhooks[0].url", "header"),
        environment={"STORE_URL": "http://user:pa55@127.0.0.1:9/"},
    )
    yield refused(
        "a header whose variable is not set",
        "a header's value is a reference like any other",
        [hook("store", "after:measure", headers={"Authorization": {"env": "NOT_SET_ANYWHERE"}})],
        ("webhooks[0].headers.Authorization", "NOT_SET_ANYWHERE"),
    )
    forms = ["${SECRET}", "$SECRET", "$(SECRET)", "{{ SECRET }}", "env:SECRET"]
    yield refused(
        "placeholders in the place of secrets",
        "a secret that reads like a placeholder of another program would sign with that text",
        [hook("store", "after:measure", secret=[*forms, "file:secrets/key", "$lower"])],
        *((f"webhooks[0].secret[{nth}]", "write {env: SECRET}") for nth in range(len(forms))),
        ("webhooks[0].secret[5]", "write {file: PATH}"),
        ("webhooks[0].secret[6]", "write {env: NAME}"),
        environment={"SECRET": "s3cr3t"},
    )
    yield refused(
        "a placeholder as the only secret",
        "a secret that reads like a placeholder of another program would sign with that text",
        [hook("store", "after:measure", secret="${SECRET}")],
        ("webhooks[0].secret", "write {env: SECRET}"),
        environment={"SECRET": "s3cr3t"},
    )
    yield refused(
        "placeholders in the place of a URL and of headers",
        "what is not expanded would be sent as it stands",
        [
            hook("store", "after:measure", url="${STORE_URL}"),
            hook("other", "after:measure", headers={"Authorization": "Bearer ${TOKEN}", "X-Key": "{{ KEY }}"}),
        ],
        ("webhooks[0].url", "write {env: NAME}"),
        ("webhooks[1].headers.Authorization", "write {env: NAME}"),
        ('webhooks[1].headers["X-Key"]', "write {env: NAME}"),
        environment={"STORE_URL": "{responder}/store"},
    )
    yield told(
        "a secret that has a dollar in it",
        "only a text that is a placeholder as a whole is one",
        {"secret": "pa$$word${x}!"},
        secret="pa$$word${x}!",
    )
    yield told(
        "a secret from the environment that reads like a placeholder",
        "who really has such a secret puts it into a variable",
        {"secret": {"env": "SERVO_SECRET"}},
        secret="${SECRET}",
        environment={"SERVO_SECRET": "${SECRET}"},
    )
    yield refused(
        "one that cannot be resolved keeps the others from sending",
        "a wrong configuration loads nothing",
        [hook("store", "after:measure"), hook("other", "after:measure", secret={"env": "NOT_SET_ANYWHERE"})],
        ("webhooks[1].secret", "NOT_SET_ANYWHERE"),
    )

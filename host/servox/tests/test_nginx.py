"""Behind a real nginx, which closes connections of HTTP/2 by GOAWAY after some requests."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

import pytest
import trustme

from servo_webhooks import notification
from servo_webhooks.configuration import Configuration
from servo_webhooks.options import Options
from servo_webhooks.outbound import Allow, tls
from servo_webhooks.sandbox import Connector
from servo_webhooks.webhooks import Webhooks

from .support.responder import Responder
from .support.story import Recorder
from .test_proxies import free_port, running
from .test_servox import CANCELLED

CONFIGURATION = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder};
  scgi_temp_path {folder};
  keepalive_requests 10;
  server {{
    listen 127.0.0.1:{secure} ssl http2;
    listen 127.0.0.1:{clear};
    ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
    location / {{ proxy_pass http://127.0.0.1:{upstream}; }}
  }}
}}
"""


@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx")
@pytest.mark.parametrize("scheme", ["https", "http"])
async def test_no_veto_and_no_delivery_is_lost(
    connector: Connector, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    authority = trustme.CA()
    with tempfile.TemporaryDirectory(dir="/tmp") as place, Responder({"/veto": [CANCELLED]}) as upstream:
        folder = Path(place)
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        issued = authority.issue_cert("127.0.0.1")
        issued.private_key_pem.write_to_path(str(folder / "key.pem"))
        for pem in issued.cert_chain_pems:
            pem.write_to_path(str(folder / "cert.pem"), append=True)
        monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
        tls.context.cache_clear()
        ports = {"https": free_port(), "http": free_port()}
        (folder / "conf").write_text(
            CONFIGURATION.format(
                folder=folder,
                secure=ports["https"],
                clear=ports["http"],
                upstream=upstream.port,
            )
        )
        with running(["nginx", "-c", str(folder / "conf"), "-p", str(folder)], ports["http"], folder):
            origin = f"{scheme}://127.0.0.1:{ports[scheme]}"
            base = {"secret": "s", "backoff": False}
            read = Configuration(
                connector,
                [
                    {"name": "veto", "events": "before:adjust", "url": f"{origin}/veto", **base},
                    {"name": "store", "events": "after:measure", "url": f"{origin}/store", **base},
                ],
            )
            recorder = Recorder()
            webhooks = Webhooks(connector, read, Options(allow=Allow(["loopback"])), recorder)
            lost = []
            for _ in range(50):
                for _ in range(8):
                    await webhooks.after(notification.event("after:measure", "{}", "[]"))
                questions = (webhooks.before(notification.event("before:adjust", "{}", None)) for _ in range(8))
                for outcome in await asyncio.gather(*questions):
                    if outcome.outcome != "cancelled":
                        lost.append(outcome.webhooks[0].error)
            await webhooks.idle()
            webhooks.shutdown(5)
    tls.context.cache_clear()
    assert not lost, lost[:3]
    failed = [delivery.error for delivery in recorder.deliveries if delivery.outcome != "delivered"]
    assert len(recorder.deliveries) == 400
    assert not failed, failed[:3]

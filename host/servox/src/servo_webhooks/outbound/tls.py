"""TLS between bytes and bytes, and whom it trusts."""

from __future__ import annotations

import functools
import os
import re
import ssl

from ..files import FileError, read
from ..sanitize import sanitize

TRUSTED = "SSL_CERT_FILE"
"""The environment variable that names the CA certificates to trust."""

_CHUNK = 64 << 10

_MOST = 16 << 20
"""Bytes of a file of CA certificates."""

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")


class Tls:
    """The client's side of a connection."""

    def __init__(self, context: ssl.SSLContext, name: str) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._in, self._out, server_hostname=name)
        self.closed = False
        """The peer said that nothing follows."""
        self.ended = False
        """Nothing more can be read, since it is closed or broken."""

    @property
    def protocol(self) -> str | None:
        """What was agreed on by ALPN."""
        return self._object.selected_alpn_protocol()

    def shake_hands(self) -> bool:
        """Goes on with the handshake; whether it is done.

        Raises:
            ssl.SSLError: If it fails.
        """
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def receive(self, data: bytes) -> None:
        """Takes bytes of the peer's."""
        self._in.write(data)

    def outgoing(self) -> bytes:
        """What is to be sent."""
        return self._out.read()

    def encrypt(self, data: bytes) -> bytes:
        """Bytes as they are sent; nothing if the connection is broken."""
        view = memoryview(data)
        try:
            while view:
                view = view[self._object.write(view) :]
        except ssl.SSLError:
            return self._out.read()
        return self._out.read()

    def decrypt(self, data: bytes) -> bytes:
        """What bytes of the peer's say; all that is whole of it."""
        self._in.write(data)
        plain = bytearray()
        try:
            while part := self._object.read(_CHUNK):
                plain += part
            self.closed = self.ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.closed = self.ended = True
        except ssl.SSLError:
            self.ended = True
        return bytes(plain)


@functools.cache
def context(protocols: tuple[str, ...]) -> ssl.SSLContext:
    """TLS from 1.2 on, by the CA certificates of `SSL_CERT_FILE`, or else of the system.

    Raises:
        FileError: If that file cannot be used.
    """
    file = os.environ.get(TRUSTED)
    if file:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.load_verify_locations(cadata=_certificates(file))
    else:
        made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(protocols)
    return made


def _certificates(file: str) -> str:
    found = _CERTIFICATE.findall(read(file, _MOST))
    try:
        text = b"\n".join(found).decode("ascii")
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError):
        raise FileError(f"the file `{sanitize(file, 256)}` has no CA certificates in PEM format") from None
    return text


def check_trust() -> None:
    """Reads what is trusted, so that a mistake is found at the start.

    Raises:
        ValueError: Names the variable and the file.
    """
    try:
        context(("http/1.1",))
    except FileError as error:
        raise ValueError(f"{TRUSTED}: {error}") from None

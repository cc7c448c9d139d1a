"""A single certificate that is accepted whoever made it, known by its SHA-256 fingerprint."""

from __future__ import annotations

import hashlib
import ssl

from writer.base.http.body import HttpError, HttpFailure


def fetch_fingerprint(host: str, port: int, seconds: float) -> str:
    """The fingerprint of the certificate that a server shows; nothing is sent to it. Raises HttpError.

    It is fetched without a proxy.
    """
    try:
        shown = ssl.get_server_certificate((host, port), timeout=seconds)
        return fingerprint_of(ssl.PEM_cert_to_DER_cert(shown))
    except TimeoutError as error:
        raise HttpError(HttpFailure.SILENT) from error
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        raise HttpError(HttpFailure.UNREACHABLE) from error


def fingerprint_of(certificate: bytes) -> str:
    """The fingerprint of a certificate in DER: bytes of its SHA-256 in hexadecimal, between colons."""
    return hashlib.sha256(certificate).digest().hex(":").upper()


def pinned_context(fingerprint: str) -> ssl.SSLContext:
    """A context for clients that accepts the certificate with this fingerprint and no other.

    Its date and the names in it do not matter, since whoever chose it compared the certificate itself.
    """
    wanted = _plain(fingerprint)

    class PinnedConnection(ssl.SSLObject):
        """A connection that ends before anything is sent where the certificate is another one."""

        def do_handshake(self) -> None:
            super().do_handshake()
            shown = self.getpeercert(binary_form=True)
            if shown is None or _plain(fingerprint_of(shown)) != wanted:
                error = ssl.SSLCertVerificationError(1, "the certificate is not the expected one")
                error.reason = HttpFailure.OTHER_CERTIFICATE.name
                raise error

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.sslobject_class = PinnedConnection
    return context


def _plain(fingerprint: str) -> str:
    return fingerprint.replace(":", "").lower()

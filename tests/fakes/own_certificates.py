"""Servers with TLS and certificates of their own, which nobody vouches for; made for the tests alone."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.completion_server import CompletionServer


@dataclass(frozen=True)
class OwnCertificate:
    """A key with its certificate for 127.0.0.1, as PEM, and the SHA-256 fingerprint that openssl tells."""

    pem: str
    fingerprint: str


def secured(server: CompletionServer, own: OwnCertificate, folder: Path) -> CompletionServer:
    """The server with TLS; `folder` is for the key."""
    file = folder / f"{own.fingerprint[:2]}.pem"
    file.write_text(own.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server._server.socket = context.wrap_socket(server._server.socket, server_side=True)
    server.address = server.address.replace("http:", "https:")
    return server


FIRST = OwnCertificate(
    """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7vggs3NfZ3Ffck9d
PIbXoyAlezjUKBXgrxveMGk3lJ+hRANCAATd96vqZLsIWch/Jqaxbep7AfgjN9F6
9Ca7qN6ye1gs8/+0YQ6mv6cTeyRhnZznrtGEsLJ02rRMcsDN6ofqZIbG
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBlTCCATqgAwIBAgIUHZmMPZIPFVEQv+npELr+9sCg45AwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLV3JpdGVyIHRlc3QwIBcNMjYxMTMwMDgxMzI5WhgPMjEyNjEx
MDYwODEzMjlaMBYxFDASBgNVBAMMC1dyaXRlciB0ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAE3fer6mS7CFnIfyamsW3qewH4IzfRevQmu6jesntYLPP/tGEO
pr+nE3skYZ2c567RhLCydNq0THLAzeqH6mSGxqNkMGIwHQYDVR0OBBYEFMfjaY7M
DD3lknUSFGPGZiSQX4ckMB8GA1UdIwQYMBaAFMfjaY7MDD3lknUSFGPGZiSQX4ck
MA8GA1UdEwEB/wQFMAMBAf8wDwYDVR0RBAgwBocEfwAAATAKBggqhkjOPQQDAgNJ
ADBGAiEAkgSBZouZqZdpJcJM+pteM8WiLzcv2T5NFv4o2Z8vLvoCIQDysisyX34r
DuDM5UvYFn9d6H9nUROKcUcLIvgu5RhX9A==
-----END CERTIFICATE-----
""",
    "5D:09:08:CA:E2:B1:FF:E0:5D:30:1C:17:FD:E0:0E:BB:C8:BF:11:13:22:B6:92:EC:30:75:FA:61:59:A2:6F:24",
)

SECOND = OwnCertificate(
    """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYof7yaq9YlH2+i6W
9p8kk0mXEYz1S/eafT4CKwPZkAyhRANCAATsWppaEa8t+AmWmCGLdP+sTBF9e1vq
1h7Ffjf0DBYD+YXTkw6Js45F6s1NGOVHbencsGYR3K+oo6vDorQ6ok3y
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBlTCCATqgAwIBAgIUaBoR0ZtJ9x/rp0NzapeYyzIth6wwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLV3JpdGVyIHRlc3QwIBcNMjYxMTMwMDgxMzMwWhgPMjEyNjEx
MDYwODEzMzBaMBYxFDASBgNVBAMMC1dyaXRlciB0ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAE7FqaWhGvLfgJlpghi3T/rEwRfXtb6tYexX439AwWA/mF05MO
ibOORerNTRjlR23p3LBmEdyvqKOrw6K0OqJN8qNkMGIwHQYDVR0OBBYEFAU4/Nk7
ywm/jR58uPnHRaXWGCPrMB8GA1UdIwQYMBaAFAU4/Nk7ywm/jR58uPnHRaXWGCPr
MA8GA1UdEwEB/wQFMAMBAf8wDwYDVR0RBAgwBocEfwAAATAKBggqhkjOPQQDAgNJ
ADBGAiEA8e/5JGiYgh6b9HGjNIRkzB87XkAhjDsuWKj95nkiiygCIQCh438kUFAs
V/VWDCp0wr8UIyvfLYBMtu1ePSwlSD4SeA==
-----END CERTIFICATE-----
""",
    "F0:EE:5C:B8:D5:87:26:CE:6B:08:09:98:D3:0B:20:81:B8:B6:85:C7:C4:D1:E1:E0:59:30:57:D6:F1:C3:0F:69",
)

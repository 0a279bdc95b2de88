"""Keys and tokens of a throwaway cluster, made without openssl and without a cryptography library."""

from __future__ import annotations

import base64
import secrets
import textwrap
from pathlib import Path

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The number of points of the curve P-256 (SEC 2, 2.4.2); a private key is a number from 1 to one less."""

SEC1_HEAD = bytes.fromhex("30310201010420")
"""DER of an ECPrivateKey (RFC 5915) up to its 32 key bytes: SEQUENCE of 49 bytes, version 1, OCTET STRING."""

SEC1_CURVE = bytes.fromhex("a00a06082a8648ce3d030107")
"""DER that follows the key bytes: [0] the object identifier of P-256."""


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read."""
    path.touch(mode=0o600)
    path.write_text(text)


def new_token() -> str:
    """A bearer token of 256 random bits."""
    return secrets.token_hex(32)


def token_file(token: str) -> str:
    """kube-apiserver's static token file (token,user,uid,groups) with one administrator."""
    return f'{token},cluster-admin,cluster-admin,"system:masters"\n'


def new_signing_key() -> str:
    """A new P-256 private key as PEM, the form that kube-apiserver signs ServiceAccount tokens with.

    The public half is left out: RFC 5915 makes it optional, and Go (x509.ParseECPrivateKey) derives it.
    """
    number = 1 + secrets.randbelow(P256_ORDER - 1)
    der = SEC1_HEAD + number.to_bytes(32, "big") + SEC1_CURVE
    body = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64))
    return f"-----BEGIN EC PRIVATE KEY-----\n{body}\n-----END EC PRIVATE KEY-----\n"

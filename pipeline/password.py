"""The password of a shared app: its hash, and whether one matches. Keeps no password."""

from __future__ import annotations

import hashlib
import hmac
import secrets

VARIABLE = "BAKEOFF_PASSWORD_HASH"
"""Environment variable, or key of Streamlit's secrets, that holds what `hashed` gave."""
COST = {"n": 2**14, "r": 8, "p": 1}
"""Of scrypt (RFC 7914): about 16 MiB and 50 ms a try."""


def hashed(password: str) -> str:
    """`scrypt$<salt>$<hash>`, salted anew each time; the password cannot be read from it."""
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${_derived(password, salt).hex()}"


def matches(password: str, stored: str) -> bool:
    """Whether this is the password; a stored value of another form matches none."""
    kind, _, rest = stored.strip().partition("$")
    salt, _, digest = rest.partition("$")
    try:
        expected = bytes.fromhex(digest)
        found = _derived(password, bytes.fromhex(salt))
    except ValueError:
        return False
    return kind == "scrypt" and len(expected) == len(found) and hmac.compare_digest(found, expected)


def _derived(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=COST["n"], r=COST["r"], p=COST["p"], dklen=32)

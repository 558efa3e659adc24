"""The password of a shared app: its hash, whether one matches, and whether a server may start without one. Keeps no password."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets

VARIABLE = "BAKEOFF_PASSWORD_HASH"
"""Environment variable, or key of Streamlit's secrets, that holds what `hashed` gave."""
INSECURE = "BAKEOFF_INSECURE"
"""Set to 1, the app may be reached from other machines without a password (`bakeoff app --insecure`)."""
COST = {"n": 2**14, "r": 8, "p": 1}
"""Of scrypt (RFC 7914): about 16 MiB and 50 ms a try."""


def hashed(password: str) -> str:
    """`scrypt$<salt>$<hash>`, salted anew each time; the password cannot be read from it."""
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${_derived(password, salt).hex()}"


def matches(password: str, stored: str) -> bool:
    """Whether this is the password; a stored value of another form matches none."""
    parts = _parts(stored)
    return parts is not None and hmac.compare_digest(_derived(password, parts[0]), parts[1])


def fault(stored: str | None, address: str | None, *, insecure: bool = False) -> tuple[str, str] | None:
    """What is wrong with a server at `address` (None: all of the machine's) with this stored value (None: not set), and how to mend it."""
    if stored is None:
        if insecure or _local(address):
            return None
        where = address or "every address of this machine"
        remedy = f"Set {VARIABLE} (see `bakeoff password`), or start with --insecure if everybody may read and start runs."
        return f"The app would be open to the network ({where}) without a password.", remedy
    if _parts(stored) is None:
        told = "is set but empty" if not stored.strip() else "is not what `bakeoff password` prints"
        return (
            f"{VARIABLE} {told}: no password would fit it.",
            "Run `bakeoff password` and set its value whole, in single quotes, or unset it.",
        )
    return None


def _local(address: str | None) -> bool:
    """Whether only this machine reaches a server there."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


def _parts(stored: str) -> tuple[bytes, bytes] | None:
    """Salt and hash; None where the value has another form."""
    kind, _, rest = stored.strip().partition("$")
    salt, _, digest = rest.partition("$")
    try:
        found = bytes.fromhex(salt), bytes.fromhex(digest)
    except ValueError:
        return None
    return found if kind == "scrypt" and found[0] and len(found[1]) == 32 else None


def _derived(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "surrogatepass"), salt=salt, n=COST["n"], r=COST["r"], p=COST["p"], dklen=32)

"""Signed links: from a message to the page on which its reader answers it.

A link proves who was written to about what. Keys rotate: the newest signs, every one in the list is accepted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

PATH = "/answer/"
SALT = "alert-answer-v1"
PACK_PATH, PACK_SALT = "/pack/", "exempt-pack-v1"
LIFETIME = timedelta(days=90)
"""Longer than any promise or snooze a message is likely to be answered with."""


class LinkRefused(ValueError):
    """The link is not ours, or too old; says what to do."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a link says: the message, the post it was written to, and the token that makes an answer one."""

    notification_id: int
    person_id: int
    token_id: str


@dataclass(frozen=True)
class Links:
    """Makes and reads links. `keys` are secret, the newest last; `base` is the portal's address."""

    base: str
    keys: Sequence[str]

    @property
    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(list(self.keys), salt=SALT)

    def pack_url(self, pack: int, person: int) -> str:
        """The address at which this post, and whoever it passes the address to, opens an exempt pack."""
        signed = URLSafeTimedSerializer(list(self.keys), salt=PACK_SALT).dumps([pack, person])
        return f"{self.base.rstrip('/')}{PACK_PATH}{signed}"

    def read_pack(self, signed: str) -> tuple[int, int]:
        """The pack and the post that the part after PACK_PATH says. Raises LinkRefused."""
        signer = URLSafeTimedSerializer(list(self.keys), salt=PACK_SALT)
        try:
            pack, person = signer.loads(signed, max_age=int(LIFETIME.total_seconds()))
        except BadSignature:
            raise LinkRefused(
                f"This link is not complete, or older than {LIFETIME.days} days: ask the Board's secretary."
            ) from None
        return pack, person

    def url(self, claim: Claim) -> str:
        """The address of the page of this message for this reader."""
        signed = self._signer.dumps([claim.notification_id, claim.person_id, claim.token_id])
        return f"{self.base.rstrip('/')}{PATH}{signed}"

    def read(self, signed: str) -> Claim:
        """What the part after PATH says. Raises LinkRefused where it was tampered with or is too old."""
        try:
            claim = self._signer.loads(signed, max_age=int(LIFETIME.total_seconds()))
        except SignatureExpired:
            raise LinkRefused(
                f"This link is older than {LIFETIME.days} days. Answer from a newer message."
            ) from None
        except BadSignature:
            raise LinkRefused("This link is not complete. Open it from the message again.") from None
        return Claim(*claim)

    def __repr__(self) -> str:
        return f"Links({self.base})"

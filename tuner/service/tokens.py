"""Tokens and sessions: who may read, and who may change things."""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.service.database import Database, now
from keras_search.tuner.service.permissions import Permission
from keras_search.tuner.service.problems import UnknownName
from keras_search.tuner.system.files import replacing

VARIABLE = "KERAS_SEARCH_TOKEN"
"""The environment variable that sets the full token."""
SHORTEST = 16
"""Characters of a token that somebody has thought of."""
TOKEN_BYTES = 24
SESSION_SECONDS = 30 * 24 * 3600.0
"""How long a browser stays signed in."""


@dataclass(frozen=True)
class SharedToken:
    """A read-only token, as it is listed."""

    id: str
    label: str
    created: float


@dataclass(frozen=True)
class MainToken:
    """The full token, the file that it is from, None for the environment, and whether it was made just now."""

    token: str
    file: Path | None = None
    new: bool = False

    @property
    def place(self) -> str:
        """Where it is, for people who are not signed in: without the path of the file."""
        return f"the variable {VARIABLE}" if self.file is None else "the file .service/token below the studies' folder"


class Tokens:
    """The full token, and the read-only tokens and sessions in the database; `place` says where the full one is.

    A session ends when its token goes: with another full token at the next start, or a shared one that is withdrawn.
    """

    def __init__(self, database: Database, main: MainToken) -> None:
        self._database, self._main = database, digest(main.token)
        self.place = main.place

    def granted_by_token(self, token: str) -> Permission | None:
        """Return what a token allows, None if it is wrong."""
        given = digest(token)
        if hmac.compare_digest(given, self._main):
            return Permission.WRITE
        with self._database.reading() as connection:
            found = connection.execute("SELECT 1 FROM tokens WHERE digest = ?", (given,)).fetchone()
        return Permission.READ if found else None

    def granted_by_session(self, session: str) -> Permission | None:
        """Return what a session allows, None if there is no such session or it has ended."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT sessions.token, tokens.id FROM sessions LEFT JOIN tokens ON tokens.digest = sessions.token "
                "WHERE sessions.digest = ? AND sessions.expires > ?",
                (digest(session), now()),
            ).fetchone()
        if found is None:
            return None
        if hmac.compare_digest(found["token"], self._main):
            return Permission.WRITE
        return Permission.READ if found["id"] is not None else None

    def begin_session(self, token: str) -> str:
        """Begin a session with a token that is right, and return the session's secret."""
        session = secrets.token_urlsafe(TOKEN_BYTES)
        values = (digest(session), digest(token), now() + SESSION_SECONDS)
        with self._database.writing() as connection:
            connection.execute("DELETE FROM sessions WHERE expires <= ?", (now(),))
            connection.execute("INSERT INTO sessions VALUES (?, ?, ?)", values)
        return session

    def end_session(self, session: str) -> None:
        """End a session, if there is one."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM sessions WHERE digest = ?", (digest(session),))

    def shared(self) -> list[SharedToken]:
        """List the read-only tokens, the oldest first."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT id, label, created FROM tokens ORDER BY created, id").fetchall()
        return [SharedToken(row["id"], row["label"], row["created"]) for row in found]

    def share(self, label: str) -> tuple[SharedToken, str]:
        """Make a read-only token, and return it with its secret, which is not kept."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        made = SharedToken(secrets.token_hex(4), label, now())
        with self._database.writing() as connection:
            connection.execute("INSERT INTO tokens VALUES (?, ?, ?, ?)", (made.id, digest(token), label, made.created))
        return made, token

    def withdraw(self, identifier: str) -> None:
        """Make a read-only token, and every session that began with it, worthless.

        Raises:
            UnknownName: there is none.
        """
        with self._database.writing() as connection:
            connection.execute(
                "DELETE FROM sessions WHERE token IN (SELECT digest FROM tokens WHERE id = ?)", (identifier,)
            )
            gone = connection.execute("DELETE FROM tokens WHERE id = ?", (identifier,)).rowcount
        if not gone:
            raise UnknownName(f"No token has the id {identifier!r}.")


def digest(secret: str) -> str:
    """Hash a secret (SHA-256, hex); ours have 192 random bits, so that no slow hash is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def main_token(path: Path) -> MainToken:
    """Return the full token: from the environment, else from its file, which is made if it is missing.

    Raises:
        UsageError: the variable is too short.
        KerasSearchError: the file cannot be read or written.
    """
    given = os.environ.pop(VARIABLE, None)  # searches and other children do not inherit it
    if given is not None:
        return MainToken(_checked(given, VARIABLE))
    try:
        if path.is_file():
            return MainToken(_checked(path.read_text(encoding="utf-8").strip(), str(path)), path)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        with replacing(path) as partial:
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(token + "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise KerasSearchError(f"{path} cannot be read or written ({error}).") from None
    return MainToken(token, path, new=True)


def _checked(token: str, source: str) -> str:
    if len(token) < SHORTEST or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(
            f"The token in {source} must have at least {SHORTEST} characters, ASCII without spaces: "
            "for instance what `openssl rand -hex 24` prints."
        )
    return token

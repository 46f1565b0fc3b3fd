"""What people have written down about studies; it moves with the study, into the trash too."""

from keras_search.tuner.service.database import Database, now
from keras_search.tuner.study.deleting import Trashed
from keras_search.tuner.system.trash import TRASH


def read(database: Database, study: str) -> str:
    """Return the notes about a study, "" if there are none."""
    with database.reading() as connection:
        found = connection.execute("SELECT text FROM notes WHERE study = ?", (study,)).fetchone()
    return str(found["text"]) if found else ""


def write(database: Database, study: str, text: str) -> None:
    """Replace the notes about a study."""
    with database.writing() as connection:
        if text:
            connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?, ?)", (study, text, now()))
        else:
            connection.execute("DELETE FROM notes WHERE study = ?", (study,))


def move(database: Database, study: str, to: str) -> None:
    """Let the notes about a study follow it to another name."""
    with database.writing() as connection:
        connection.execute("UPDATE OR REPLACE notes SET study = ? WHERE study = ?", (to, study))


def key_of(trashed: Trashed) -> str:
    """Return the name under which the notes about a study in the trash are kept."""
    return f"{TRASH}/{trashed.id}"

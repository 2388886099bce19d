"""Goal profiles: goals, requirements and a condition under a name, checked when they are kept."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, sessionmaker

from molconvex.exceptions import ConfigError
from molconvex.objectives import Goal, Requirement, read_condition
from molconvex.runs.store.tables import ProfileRow

LONGEST_NAME = 120


@dataclass(frozen=True)
class Profile:
    """Goals, requirements and a condition ("" for none) as text, under a name."""

    name: str
    goals: tuple[str, ...]
    require: tuple[str, ...] = ()
    where: str = ""


class ProfileTable:
    """Profiles by name; every call is one transaction."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def save(self, profile: Profile) -> Profile:
        """Keep a profile; one of the same name is replaced.

        Raises:
            ConfigError: If it has no name, or a goal, a requirement or the condition cannot be read.
        """
        checked = _checked(profile)
        with self._sessions.begin() as session:
            session.merge(
                ProfileRow(
                    name=checked.name,
                    goals=list(checked.goals),
                    require=list(checked.require),
                    where=checked.where,
                    changed=time.time(),
                )
            )
        return checked

    def clone(self, name: str) -> Profile:
        """A copy under a free name, such as "soft drugs 2".

        Raises:
            ConfigError: If there is no profile of this name.
        """
        profiles = {profile.name: profile for profile in self.all()}
        if name not in profiles:
            raise ConfigError(f"no profile is called {name!r}; known are {', '.join(profiles) or 'none'}")
        number = 2
        while f"{name} {number}" in profiles:
            number += 1
        return self.save(replace(profiles[name], name=f"{name} {number}"))

    def delete(self, name: str) -> None:
        """Forget a profile."""
        with self._sessions.begin() as session:
            session.execute(delete(ProfileRow).where(ProfileRow.name == name))

    def all(self) -> Sequence[Profile]:
        """Every profile, by name."""
        with self._sessions() as session:
            rows = session.scalars(select(ProfileRow).order_by(ProfileRow.name))
            return [Profile(row.name, tuple(row.goals), tuple(row.require), row.where) for row in rows]


def _checked(profile: Profile) -> Profile:
    """The same profile as settings write it.

    Raises:
        ConfigError: If some part of it cannot be read.
    """
    name, where = profile.name.strip(), profile.where.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise ConfigError(f"a profile needs a name of 1 to {LONGEST_NAME} characters, got {len(name)}")
    return Profile(
        name,
        tuple(str(Goal.from_plain(text)) for text in profile.goals),
        tuple(str(Requirement.from_plain(text)) for text in profile.require),
        str(read_condition(where)) if where else "",
    )

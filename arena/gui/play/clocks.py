"""Clocks: each seat's time for a whole game. No pygame here."""

from __future__ import annotations

from arena.view.session import Session


class Clocks:
    """Run for whoever is to move, from the first move on. minutes: for each seat; 0: no clocks."""

    def __init__(self, minutes: int) -> None:
        self.minutes = minutes
        self._left = [60.0 * minutes, 60.0 * minutes]

    def restart(self) -> None:
        self._left = [60.0 * self.minutes, 60.0 * self.minutes]

    def revive(self) -> None:
        """A seat whose time ran out has all of it again, as a game that was lost by it goes on."""
        self._left = [left or 60.0 * self.minutes for left in self._left]

    def swap(self) -> None:
        self._left.reverse()

    @property
    def texts(self) -> tuple[str, str] | None:
        """Such as "4:59"; tenths of seconds at the end; None without clocks."""
        return (_text(self._left[0]), _text(self._left[1])) if self.minutes else None

    def update(self, dt: float, session: Session) -> int | None:
        """So many seconds have passed; returns the seat whose time has just run out."""
        seat = session.to_move
        if not self.minutes or seat is None or not session.history.actions:
            return None
        before = self._left[seat]
        self._left[seat] = max(before - dt, 0.0)
        return seat if before > 0 and self._left[seat] == 0 else None


def _text(seconds: float) -> str:
    if seconds < 20:
        return f"0:{int(seconds):02d}.{int(seconds * 10) % 10}"
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02d}"

"""Draws a board: what stands still is kept as a picture, the rest is drawn in every frame."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pygame

from arena.gui.boards.drawing import marks
from arena.gui.boards.drawing.analysis import paint_overlay
from arena.gui.boards.drawing.coordinates import paint_coordinates
from arena.gui.boards.drawing.grounds import GROUNDS
from arena.gui.boards.drawing.grounds.wells import falling
from arena.gui.boards.drawing.pieces import piece, turning
from arena.gui.boards.drawing.sprites import blit_centred
from arena.gui.boards.layout import BoardLayout
from arena.gui.boards.motion import Animator, Motion, Movement
from arena.gui.boards.scene import Scene
from arena.gui.boards.view import View
from arena.gui.theme import Theme
from arena.gui.widgets.letters import Letters
from arena.view.board import Board
from arena.view.grid import Rect

_SHAKES, _SHAKEN = 3, 0.06  # how often, and how far at first, as a share of a cell
_FADES = 12  # steps of a piece that appears, each of which is a picture to be made


class BoardPainter:
    """Paints one board after the other.

    animated: what changes from one scene to the next may move there; can be switched at any time.
    """

    def __init__(self, letters: Letters, animated: bool = True) -> None:
        self._letters = letters
        self._animator = Animator(animated)
        self._showed_motion = False
        self._refused: object = None
        self._empty: _Kept = _Kept()
        self._still: _Kept = _Kept()

    @property
    def animated(self) -> bool:
        return self._animator.on

    @animated.setter
    def animated(self, on: bool) -> None:
        self._animator.on = on

    @property
    def moving(self) -> bool:
        """Another frame of the same scene would look different: something moves, or has just come to rest."""
        return self._animator.running or self._showed_motion

    def update(self, dt: float) -> None:
        """So many seconds have passed."""
        self._animator.update(dt)

    def emblem(self, surface: pygame.Surface, rect: Rect, theme: Theme, board: Board, seat: int) -> None:
        """A piece of this seat in the middle of `rect`, for name plates and lists."""
        size = max(min(rect.width, rect.height), 3)
        blit_centred(surface, piece(board.kind, board.directed, theme.dark, seat, size), rect)

    def paint(self, surface: pygame.Surface, layout: BoardLayout, theme: Theme, scene: Scene) -> None:
        """The board, and paper everywhere else."""
        view = View(layout, scene.board, theme)
        motions = self._motions(scene)
        surface.blit(self._at_rest(surface, view, scene, motions), (0, 0))
        for motion in motions:
            _paint_motion(surface, view, motion)
        self._clear_hint(surface, view, scene)
        marks.paint_pointed(surface, view, scene)
        if scene.refused is not None and not self._animator.on:
            marks.paint_refused(surface, view, scene.refused)

    def _motions(self, scene: Scene) -> tuple[Motion, ...]:
        self._animator.show(scene.board, scene.stones)
        if scene.refused is not None and scene.refused != self._refused:
            self._animator.refuse(scene.refused)
        self._refused = scene.refused
        motions = self._animator.motions()
        self._showed_motion = bool(motions)
        return motions

    def _at_rest(
        self, surface: pygame.Surface, view: View, scene: Scene, motions: tuple[Motion, ...]
    ) -> pygame.Surface:
        """The board with its pieces, less those that move, and the overlay."""
        moving = frozenset(motion.cell for motion in motions if motion.seat is not None)
        resting = dataclasses.replace(
            scene, ghost=None, turned=frozenset(), grip=None, reach=frozenset(), cursor=None, refused=None
        )
        key = surface.get_size(), view, resting, moving
        if self._still.key != key:
            picture = self._still.begin(key, surface)
            picture.blit(self._empty_board(surface, view), (0, 0))
            marks.paint_position(picture, view, scene, moving)
            if scene.overlay is not None:
                paint_overlay(picture, self._letters, view, scene.overlay, scene.stones)
        return self._still.picture

    def _clear_hint(self, surface: pygame.Surface, view: View, scene: Scene) -> None:
        """Through the ghost nothing but the board is seen; not where the rectangles of cells overlap."""
        cell = None if scene.ghost is None else scene.ghost[0]
        if cell in scene.hints and not view.board.hexagonal and scene.overlay is None:
            rect = view.rect(cell)
            surface.blit(self._empty.picture, (rect.x, rect.y), rect)

    def _empty_board(self, surface: pygame.Surface, view: View) -> pygame.Surface:
        key = surface.get_size(), view
        if self._empty.key != key:
            picture = self._empty.begin(key, surface)
            picture.fill(view.theme.paper)
            GROUNDS[view.board.kind].paint(picture, view)
            paint_coordinates(picture, self._letters, view)
        return self._empty.picture


class _Kept:
    """A picture and what it shows."""

    def __init__(self) -> None:
        self.key: Any = None
        self.picture = pygame.Surface((1, 1))

    def begin(self, key: Any, like: pygame.Surface) -> pygame.Surface:
        """A picture of the size and the pixels of `like`, to be painted over."""
        if self.picture.get_size() != like.get_size():
            self.picture = like.copy()
        self.key = key
        return self.picture


def _paint_motion(surface: pygame.Surface, view: View, motion: Motion) -> None:
    """One piece under way."""
    rect, size, share = view.rect(motion.cell), view.piece_size, motion.share
    if motion.seat is None:
        away = math.sin(share * 2 * math.pi * _SHAKES) * (1 - share) * _SHAKEN
        marks.paint_refused(surface, view, motion.cell, away)
    elif motion.kind is Movement.FALL:
        falling(surface, view, motion.cell, marks.piece_of(view, motion.seat), share)
    elif motion.kind is Movement.SLIDE and motion.start is not None:
        start = view.rect(motion.start)
        x, y = round(start.x + (rect.x - start.x) * share), round(start.y + (rect.y - start.y) * share)
        blit_centred(surface, marks.piece_of(view, motion.seat), Rect(x, y, rect.width, rect.height))
    elif motion.kind is Movement.TURN:
        seat = motion.seat if share >= 0.5 else 1 - motion.seat
        width = round(size * abs(math.cos(share * math.pi)))
        blit_centred(surface, turning(view.board.kind, view.theme.dark, seat, size, width), rect)
    else:
        shown = 1 - share if motion.kind is Movement.LEAVE else share
        alpha = round(shown * _FADES) * 255 // _FADES
        blit_centred(surface, marks.piece_of(view, motion.seat, alpha), rect)

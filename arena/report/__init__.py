"""`qzero report`: one self-contained page about a run, or about several of one game.

From a folder to a page: `reading` checks the files, `collect` gathers everything that the page tells into plain
dataclasses (with `strength`, `curves`, `values`, `samples`, `settings`), `page` draws it (with `charts`, `boards`).
"""

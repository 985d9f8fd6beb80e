"""Damage a sound drop of the web app in the ways that exports, editors and spreadsheets do.

A mutation is a function of a generator and a sound file. It returns the bytes of the damaged file,
the users whose rows it spoilt for certain (those must not be accepted), and the sound file: all
other rows may be accepted with the values that they have there, and with no others. Each user of a
sound file has one row, so the user is the key.
"""

from collections.abc import Callable

from numpy.random import Generator

from bench.damage import cells, texts
from bench.damage.drops import Damaged, Sound

MUTATIONS: dict[str, Callable[[Generator, Sound], Damaged]] = {
    mutation.__name__.replace("_", " "): mutation
    for mutation in (*texts.ALL, *cells.ALL)
}

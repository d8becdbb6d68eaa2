"""Training steps repeated without the graph, to the same numbers, about ten times as fast.

Read `lines.py` (a program is a list of NumPy calls), `trace.py` (how a tape becomes one),
`kernels.py` (each op's calls), then `replay.py`, which puts optimizer and penalty behind it;
`answers.py` traces the forward pass alone.
"""

from engine.replay.answers import Answering
from engine.replay.replay import Replay, obstacle, replay_of, traced_parts
from engine.replay.rows import Unreplayable

__all__ = ["Answering", "Replay", "Unreplayable", "obstacle", "replay_of", "traced_parts"]

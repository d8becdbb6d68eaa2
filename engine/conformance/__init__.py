"""The engine held against what others published, computed on the spot: ops against finite
differences, optimizers and schedules against trajectories recorded from PyTorch, and micrograd's
own numbers.

The page /conformance and `python -m engine.conformance` show what comes out of here.
"""

from engine.conformance.checks import Finding, findings

__all__ = ["Finding", "findings"]

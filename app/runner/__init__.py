"""Time, tasks and threads: who trains when, who is sent what when. Nothing else here knows a clock.

``compute`` says where work runs, ``lane`` trains one session, ``connection`` serves one stream,
``runner`` keeps all of them, ``lag`` says how late the event loop is.
"""

from app.runner.client import FULL, NO_SESSION
from app.runner.lane import Lane
from app.runner.runner import Runner

__all__ = ["FULL", "NO_SESSION", "Lane", "Runner"]

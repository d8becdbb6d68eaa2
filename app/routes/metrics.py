"""The text format of Prometheus, version 0.0.4: a line for each number, with its kind and what it
means above."""

from collections.abc import Iterable, Mapping
from time import monotonic

from app import __version__
from app.runner import Runner
from app.runner.meters import BOUNDS, Histogram, memory

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PREFIX = "backprop_lab_"

Labels = Mapping[str, str]


def exposition(runner: Runner) -> str:
    """All that there is to say of a server now."""
    meters, lag, store = runner.compute.meters, runner.lag.latest(), runner.store
    states = [lane.session.state for lane in runner.lanes]
    by_state = {state: states.count(state) for state in ("paused", "playing", "diverged")}
    lines = [
        *_one("info", "gauge", "Which version this is.", [({"version": __version__}, 1)]),
        *_one("uptime_seconds", "gauge", "Since the start.", monotonic() - runner.begun),
        *_one(
            "sessions",
            "gauge",
            "In memory, by state.",
            [({"state": state}, count) for state, count in by_state.items()],
        ),
        *_one("races", "gauge", "Races of nets in memory.", len(runner.races)),
        *_one("streams", "gauge", "Connections at the moment.", runner.streams),
        *_one("training", "gauge", "Sessions that train now.", runner.compute.trainees),
        *_one("steps_total", "counter", "Training steps, in all sessions.", meters.steps),
        *_one("frames_total", "counter", "Frames sent.", meters.frames),
        *_one(
            "frames_dropped_total",
            "counter",
            "Frames due to viewers that had not taken those before.",
            meters.frames_dropped,
        ),
        *_one("commands_total", "counter", "Messages answered on streams.", meters.commands),
        *_one(
            "streams_dropped_total",
            "counter",
            "Streams that we ended: silent, too fast, or of a session that rests or is gone.",
            meters.clients_dropped,
        ),
        *_one(
            "refused_total",
            "counter",
            "Requests and messages beyond a limit.",
            [({"limit": kind}, count) for kind, count in runner.limits.refused.items()],
        ),
        *_histogram(
            "frame_seconds", "From a frame's turn until it is on its way.", meters.frame_seconds
        ),
        *_histogram(
            "command_seconds",
            "From a command's arrival until its answer is on its way.",
            meters.command_seconds,
        ),
        *_one("storage_kept", "gauge", "1 while all is kept on disk.", int(store.trouble is None)),
    ]
    if lag is not None:
        late = [("0.5", lag.median), ("0.99", lag.p99), ("1", lag.most)]
        rows = [({"quantile": name}, value) for name, value in late]
        lines += _one("loop_lag_seconds", "gauge", "How late the event loop is.", rows)
    if (size := store.size) is not None:
        lines += _one("storage_bytes", "gauge", "The file of what is kept.", size)
    if (used := memory()) is not None:
        lines += _one("memory_bytes", "gauge", "Of this process.", used)
    return "\n".join(lines) + "\n"


def _one(
    name: str, kind: str, about: str, value: float | Iterable[tuple[Labels, float]]
) -> list[str]:
    rows = [({}, value)] if isinstance(value, int | float) else value
    return [
        f"# HELP {_PREFIX}{name} {about}",
        f"# TYPE {_PREFIX}{name} {kind}",
        *(f"{_PREFIX}{name}{_labels(labels)} {number:.10g}" for labels, number in rows),
    ]


def _histogram(name: str, about: str, histogram: Histogram) -> list[str]:
    lines = [f"# HELP {_PREFIX}{name} {about}", f"# TYPE {_PREFIX}{name} histogram"]
    seen = 0
    for bound, count in zip([*map(str, BOUNDS), "+Inf"], histogram.counts, strict=True):
        seen += count
        lines.append(f"{_PREFIX}{name}_bucket{_labels({'le': bound})} {seen}")
    total = f"{_PREFIX}{name}_sum {histogram.sum:.10g}"
    return [*lines, total, f"{_PREFIX}{name}_count {seen}"]


def _labels(labels: Labels) -> str:
    escaped = {key: value.replace("\\", r"\\").replace('"', r"\"") for key, value in labels.items()}
    return "{" + ",".join(f'{k}="{v}"' for k, v in escaped.items()) + "}" if labels else ""

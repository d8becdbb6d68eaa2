"""The arrows between modules: who may import whom, held by reading the import statements."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ENGINE = sorted((ROOT / "engine").rglob("*.py"))
# long because there is much to list
LISTS = {"engine/ops/arithmetic.py", "engine/optimizers.py", "engine/replay/kernels.py"}

# A module of the engine may import from its own line and from the lines above it.
LAYERS = [
    ["engine.ops"],
    ["engine.tape"],
    ["engine.tensor"],
    ["engine.fields", "engine.gradcheck", "engine.explain", "engine.expression", "engine.rerun"],
    ["engine.histogram", "engine.projection", "engine.surfaces"],
    ["engine.initializers", "engine.regularizers", "engine.losses", "engine.optimizers"],
    ["engine.schedules", "engine.clipping", "engine.stopping"],
    ["engine.layers", "engine.metrics", "engine.datasets"],
    ["engine.held"],
    ["engine.network_spec"],
    ["engine.spec"],
    ["engine.network", "engine.epochs", "engine.snapshot"],
    ["engine.diagnostics", "engine.remedies"],
    ["engine.diagnosis"],
    ["engine.evaluation", "engine.scalar", "engine.names", "engine.batches", "engine.update"],
    ["engine.replay"],
    ["engine.descent"],
    ["engine.convergence"],
    ["engine.stepper"],
    ["engine.training"],
    ["engine.landscape", "engine.crossvalidation", "engine.subspace", "engine.stretch"],
    ["engine.trajectory"],
    ["engine.curvature"],
    ["engine.walkthrough"],
    ["engine.conformance"],
    ["engine"],
]
RANK = {module: rank for rank, row in enumerate(LAYERS) for module in row}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def group(module: str) -> str:
    """The row of LAYERS a module belongs to: engine.ops for engine.ops.op."""
    while module not in RANK and "." in module:
        module = module.rpartition(".")[0]
    return module


def imports(path: Path) -> list[str]:
    """Every module named by an import statement, at the top or inside a function."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            # `from engine import ops` names a module, too
            found += [
                full if (ROOT / full.replace(".", "/")).exists() else node.module
                for full in (f"{node.module}.{alias.name}" for alias in node.names)
            ]
    return found


@pytest.mark.parametrize("path", ENGINE, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_engine_imports_only_numpy_and_the_standard_library(path: Path) -> None:
    for module in imports(path):
        top = module.partition(".")[0]
        assert top in {"engine", "numpy"} or top in sys.stdlib_module_names, module


@pytest.mark.parametrize("path", ENGINE, ids=lambda path: str(path.relative_to(ROOT)))
def test_arrows_inside_the_engine_point_one_way(path: Path) -> None:
    own = group(module_name(path))
    assert own in RANK and (own != "engine" or path.name == "__init__.py"), (
        f"{module_name(path)} has no place in LAYERS"
    )
    for module in imports(path):
        if module.partition(".")[0] == "engine":
            assert RANK[group(module)] <= RANK[own], f"{module_name(path)} imports {module}"


@pytest.mark.parametrize("path", ENGINE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_of_the_engine_is_long(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= 300 or str(path.relative_to(ROOT)) in LISTS, f"{lines} lines"


def brought_along(*modules: str) -> set[str]:
    """The packages that are there after an import, in an interpreter of their own."""
    code = f"import sys, {', '.join(modules)}; print(*{{n.partition('.')[0] for n in sys.modules}})"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(found.stdout.split())


def test_importing_the_engine_brings_only_numpy_along() -> None:
    """So that it is quick: `make bench` prints how long it takes. What reads recorded data, for
    example, is imported when somebody asks for them."""
    more = brought_along("engine") - brought_along("numpy") - {"engine", *sys.stdlib_module_names}
    # Cython puts names of its own there for NumPy's random numbers
    assert {name for name in more if "cython" not in name} == set()


# --- the app ---

APP = sorted((ROOT / "app").rglob("*.py"))
# As above: from its own line and from the lines above it. The engine is below all of them.
APP_LAYERS = [
    ["app"],
    ["app.errors", "app.settings", "app.formulas", "app.control_formulas"],
    ["app.limits", "app.teacher"],
    ["app.messages"],
    ["app.bodies"],
    ["app.sessions"],
    ["app.gallery"],
    ["app.walks", "app.races"],
    ["app.exports", "app.reference"],
    ["app.storage"],
    ["app.runner"],
    ["app.routes"],
    ["app.greeting", "app.logs", "app.protocols"],
    ["app.server"],
    ["app.main"],
]
APP_RANK = {module: rank for rank, row in enumerate(APP_LAYERS) for module in row}
APP_LISTS = {"app/messages.py"}
# What a session must not know, and what only the runner may use.
OUTSIDE_WORLD = {"asyncio", "concurrent", "threading", "socket", "time", "starlette", "fastapi"}
TASKS_AND_THREADS = {"asyncio", "concurrent", "threading"}


def app_group(module: str) -> str:
    while module not in APP_RANK and "." in module:
        module = module.rpartition(".")[0]
    return module


@pytest.mark.parametrize("path", APP, ids=lambda path: str(path.relative_to(ROOT)))
def test_arrows_inside_the_app_point_one_way(path: Path) -> None:
    own = app_group(module_name(path))
    assert own != "app" or path == ROOT / "app" / "__init__.py", (
        f"{module_name(path)} has no place in APP_LAYERS"
    )
    for module in imports(path):
        if module.partition(".")[0] == "app":
            assert APP_RANK[app_group(module)] <= APP_RANK[own], f"imports {module}"


@pytest.mark.parametrize("path", APP, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_runner_has_tasks_and_sessions_know_nothing_of_the_world(path: Path) -> None:
    own = app_group(module_name(path))
    forbidden = {
        "app.sessions": OUTSIDE_WORLD,
        "app.walks": OUTSIDE_WORLD,
        "app.gallery": OUTSIDE_WORLD,
        "app.exports": OUTSIDE_WORLD,
        "app.storage": TASKS_AND_THREADS,
        "app.messages": OUTSIDE_WORLD,
        "app.bodies": OUTSIDE_WORLD,
        "app.errors": OUTSIDE_WORLD,
        "app.routes": TASKS_AND_THREADS,
    }.get(own, set())
    named = {module.partition(".")[0] for module in imports(path)}
    assert not named & forbidden


@pytest.mark.parametrize("path", APP, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_of_the_app_is_long(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= 300 or str(path.relative_to(ROOT)) in APP_LISTS, f"{lines} lines"


# --- the browser: leaves <- charts <- views <- pages ---

SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
PAGES = {
    *("main.js", "conformance.js", "walkthrough.js", "optimizers.js", "status.js"),
    *("race-surfaces.js", "race-nets.js", "race-landscape.js"),  # the tabs of one
}


def room(path: Path) -> str:
    """Which room of the browser's house a module lives in."""
    name = path.relative_to(ROOT / "static" / "js").as_posix()
    return "pages" if name in PAGES else name.split("/")[0] if "/" in name else "leaves"


MAY_IMPORT = {
    "leaves": {"leaves"},
    "charts": {"charts", "leaves"},
    "views": {"charts", "leaves"},  # not one another
    "pages": {"views", "leaves"},
}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_arrows_in_the_browser_point_one_way(path: Path) -> None:
    for name in re.findall(r"""from "(\.[^"]+)";""", path.read_text(encoding="utf-8")):
        target = (path.parent / name).resolve()
        assert target.exists(), f"{path.name} imports {name}, which is not there"
        assert room(target) in MAY_IMPORT[room(path)], f"{path.name} must not import {name}"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_is_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 330, "split it by idea"

"""An example of every REST operation: what to ask with. Names in braces stand for what was answered
before: a session's id, a run's, a link."""

import json
from typing import Any, NamedTuple

RACE: dict[str, Any] = {
    "spec": {"data": {"name": "xor"}, "network": {"layers": [{"units": 3}, {}]}},
    "lanes": [
        {"optimizer": {"name": "sgd", "learning_rate": 0.1}},
        {"optimizer": {"name": "adam", "learning_rate": 0.02}},
    ],
}
_DESCENT: dict[str, Any] = {
    "surface": {"name": "beale"},
    "start": [-1.5, -1.2],
    "steps": 60,
    "lanes": [{"optimizer": {"name": "adam", "learning_rate": 0.15}}],
}
_EXPRESSION = {"source": {"expression": "(w*x + b).tanh()", "values": {"w": 0.5, "x": 2, "b": -1}}}


class Asked(NamedTuple):
    """A request: its query, and its body, as JSON or as it is."""

    query: str = ""
    body: dict[str, Any] | None = None
    text: str | None = None

    @property
    def shown(self) -> str:
        """The body as it is written; empty without one."""
        if self.body is not None:
            return json.dumps(self.body, indent=1)
        return self.text or ""


PLAIN = Asked()

OPERATIONS: dict[str, Asked] = {
    # --- the server ---
    "GET /healthz": PLAIN,
    "GET /readyz": PLAIN,
    "GET /metrics": PLAIN,
    "GET /api/teacher": PLAIN,
    "POST /api/teacher": Asked(body={"key": "k7wq-3mzp-x2ra"}),
    "DELETE /api/teacher": PLAIN,
    "GET /api/status": PLAIN,
    "POST /api/status/sessions/{session_id}/rest": PLAIN,
    "DELETE /api/status/sessions/{session_id}": PLAIN,
    # --- what can be chosen ---
    "GET /api/catalog": PLAIN,
    "GET /api/catalog/formulas": PLAIN,
    "GET /api/conformance": PLAIN,
    "GET /api/schedules/preview": Asked("name=cosine&steps=500"),
    "GET /api/presets": PLAIN,
    "GET /api/presets/{name}/picture": PLAIN,
    "GET /api/surfaces": PLAIN,
    "GET /api/walks/presets": PLAIN,
    # --- sessions ---
    "POST /api/sessions": Asked(
        body={"data": {"name": "xor"}, "optimizer": {"name": "adam", "learning_rate": 0.03}}
    ),
    "GET /api/sessions/{session_id}": PLAIN,
    "DELETE /api/sessions/{session_id}": PLAIN,
    "GET /api/sessions/{session_id}/runs": PLAIN,
    "GET /api/sessions/{session_id}/runs/{run}": PLAIN,
    "DELETE /api/sessions/{session_id}/runs/{run}": PLAIN,
    "GET /api/sessions/{session_id}/data": PLAIN,
    "PUT /api/sessions/{session_id}/weights": Asked(text="{weights.safetensors}"),
    "GET /api/sessions/{session_id}/explain": Asked("element=layers.0.weight[0,1]&of=gradient"),
    "POST /api/sessions/{session_id}/check": Asked(body={"element": "layers.0.weight[0,1]"}),
    "GET /api/sessions/{session_id}/diagnosis": PLAIN,
    "GET /api/sessions/{session_id}/confusion": Asked("split=test"),
    "POST /api/sessions/{session_id}/folds": Asked(body={"folds": 3, "epochs": 2}),
    "GET /api/sessions/{session_id}/history/layers": Asked("points=20"),
    "GET /api/sessions/{session_id}/history/histograms": Asked("of=activations&points=20"),
    "GET /api/sessions/{session_id}/history/element": Asked("element=layers.0.weight[0,1]"),
    "GET /api/sessions/{session_id}/optimizer": Asked("parameter=layers.0.weight"),
    "GET /api/sessions/{session_id}/hidden": PLAIN,
    "GET /api/sessions/{session_id}/landscape": Asked("resolution=11"),
    "GET /api/sessions/{session_id}/export/spec.json": PLAIN,
    "GET /api/sessions/{session_id}/export/weights.safetensors": PLAIN,
    "GET /api/sessions/{session_id}/export/train_numpy.py": PLAIN,
    "GET /api/sessions/{session_id}/export/train_pytorch.py": PLAIN,
    "GET /api/sessions/{session_id}/export/losses.csv": PLAIN,
    "GET /api/sessions/{session_id}/export/net.svg": PLAIN,
    "GET /api/sessions/{session_id}/export/output.svg": PLAIN,
    "GET /api/sessions/{session_id}/export/curves.svg": PLAIN,
    "GET /api/sessions/{session_id}/export/report.html": Asked("language=zh"),
    # --- runs that are kept ---
    "GET /api/saved": PLAIN,
    "POST /api/saved": Asked(body={"session": "{session_id}", "name": "XOR, learnt"}),
    "PATCH /api/saved/{run_id}": Asked(body={"name": "XOR, learnt twice"}),
    "DELETE /api/saved/{run_id}": PLAIN,
    "GET /api/saved/{run_id}/file": PLAIN,
    "POST /api/saved/{run_id}/open": Asked(body={}),
    "POST /api/sessions/{session_id}/share": PLAIN,
    "POST /api/shared": Asked(body={"link": "{link}"}),
    # --- tables ---
    "POST /api/tables": Asked("name=houses", text="size,price\n50,100\n80,155\n95,190\n120,240\n"),
    "GET /api/tables/{table_id}": PLAIN,
    # --- walks ---
    "POST /api/walks": Asked(body=_EXPRESSION),
    "POST /api/walks/check": Asked(body={**_EXPRESSION, "node": 0}),
    "POST /api/walks/code": Asked(body={**_EXPRESSION, "format": "numpy"}),
    # --- optimizers on surfaces ---
    "POST /api/surfaces/heights": Asked(body={"surface": {"name": "beale"}, "resolution": 41}),
    "POST /api/descents": Asked(body=_DESCENT),
    "POST /api/descents/step": Asked(body={**_DESCENT, "lane": 0, "step": 5}),
    "GET /api/descents/regimes": Asked("condition=10&rate=0.1&momentum=0.5"),
    "POST /api/descents/convergence": Asked(
        body={
            "surface": {"name": "bowl"},
            "lane": {"optimizer": {"name": "momentum"}},
            "columns": {"field": "learning_rate", "values": [0.01, 0.1]},
            "rows": {"field": "momentum", "values": [0, 0.5, 0.9]},
            "steps": 100,
        }
    ),
    "POST /api/descents/rates": Asked(body={**_DESCENT, "rates": [0.01, 0.1], "seeds": 2}),
    # --- races of nets ---
    "POST /api/races": Asked(body=RACE),
    "GET /api/races/presets": PLAIN,
    "POST /api/races/rates": Asked(body={**RACE, "steps": 20, "rates": [0.01, 0.1], "seeds": 2}),
    "GET /api/races/{race_id}": PLAIN,
    "DELETE /api/races/{race_id}": PLAIN,
    "POST /api/races/{race_id}/advance": Asked(body={"steps": 20}),
    "POST /api/races/{race_id}/seek": Asked(body={"step": 10}),
    "GET /api/races/{race_id}/curves": Asked("target=0.3"),
    "GET /api/races/{race_id}/curves.csv": PLAIN,
    "GET /api/races/{race_id}/race.json": PLAIN,
    "POST /api/landscapes": Asked(body={**RACE, "steps": 20, "resolution": 11, "places": 5}),
    "POST /api/landscapes/curvature": Asked(body={**RACE, "steps": 20, "places": 3}),
    "GET /api/saved-races": PLAIN,
    "POST /api/saved-races": Asked(body={"name": "Adam or SGD", "kind": "net", "state": RACE}),
    "GET /api/saved-races/{saved_id}": PLAIN,
    "PATCH /api/saved-races/{saved_id}": Asked(body={"name": "SGD or Adam"}),
    "DELETE /api/saved-races/{saved_id}": PLAIN,
}

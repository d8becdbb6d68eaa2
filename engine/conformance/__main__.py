"""`python -m engine.conformance` prints the table; with `--json` one JSON object per line."""

from __future__ import annotations

import argparse
import json
import sys

from engine.conformance import findings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m engine.conformance", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    lines = parser.parse_args().json
    passed = failed = 0
    group = ""
    for finding in findings():
        if finding.passed:
            passed += 1
        else:
            failed += 1
        if lines:
            print(json.dumps(finding.to_json()), flush=True)
            continue
        if finding.group != group:
            group = finding.group
            print(f"\n{group:34}{'numbers':>9}{'largest error':>16}{'allowed':>10}")
        verdict = "" if finding.passed else "   FAILED"
        row = f"{finding.compared:9}{finding.error:16.1e}{finding.tolerance:10.0e}"
        print(f"  {finding.name:32}{row}{verdict}")
    if not lines:
        print(f"\n{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

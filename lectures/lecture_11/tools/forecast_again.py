"""Write the second forecast from the records, once.

    python -m lectures.lecture_11.tools.forecast_again

It refuses to change a forecast that stands.
"""

import sys
from datetime import UTC, datetime

from lectures.lecture_11.records import FOLDER
from lectures.lecture_11.second_forecast import second_forecast
from lectures.shared.measuring import keep

PATH = FOLDER / "forecast_again.json"


def main() -> int:
    """Write the file; exit code 1 if it is there already."""
    if PATH.exists():
        print(f"forecast_again.py: {PATH.name} stands; a forecast is made once", file=sys.stderr)
        return 1
    now = datetime.now(UTC).isoformat(timespec="seconds")
    keep(PATH, {"written": now} | second_forecast())
    return 0


if __name__ == "__main__":
    sys.exit(main())

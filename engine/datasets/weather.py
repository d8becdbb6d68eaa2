"""How warm it was in Seattle: the weekly mean of each day's highest temperature, 2012 to 2015.

Measured at the airport by the United States' National Oceanic and Atmospheric Administration, whose
records are in the public domain (NCDC, Global Historical Climatology Network, USW00024233).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.datasets.windows import WINDOW, Windows
from engine.fields import integer
from engine.ops import Array

# Degrees Celsius, rounded to tenths; the first week begins on 2012-01-01.
_WEEKS = (
    9.7, 6.7, 2.9, 8.0, 10.6, 12.6, 7.6, 8.1, 6.9, 9.5, 8.3, 9.4, 11.5, 12.1, 16.4, 14.3, 17.0,
    12.9, 18.6, 21.3, 17.1, 17.9, 15.4, 19.6, 19.0, 20.5, 22.0, 25.6, 22.3, 22.3, 24.8, 26.3,
    30.0, 23.4, 22.5, 25.7, 22.5, 22.7, 21.1, 20.8, 16.7, 15.6, 11.4, 15.2, 12.1, 10.7, 10.0,
    11.2, 8.6, 6.6, 7.3, 6.6, 6.0, 6.8, 3.8, 6.0, 8.0, 9.4, 10.2, 8.6, 11.3, 11.1, 11.4, 10.6,
    16.2, 15.6, 11.3, 13.5, 17.6, 18.2, 25.1, 18.8, 15.9, 18.2, 23.5, 21.4, 22.3, 24.4, 27.3,
    24.4, 26.8, 28.6, 22.2, 29.0, 25.9, 26.4, 25.4, 24.1, 25.7, 21.4, 16.4, 15.4, 15.8, 13.8,
    11.9, 14.7, 12.1, 12.6, 10.6, 11.8, 4.7, 5.5, 8.6, 8.9, 8.4, 10.1, 9.4, 10.1, 9.1, 3.4, 10.6,
    8.2, 10.6, 13.8, 14.7, 10.6, 13.2, 13.3, 16.2, 14.8, 14.3, 20.4, 15.4, 23.5, 20.9, 19.3, 22.1,
    20.5, 20.1, 23.2, 25.4, 29.3, 27.9, 21.8, 29.6, 27.7, 26.8, 25.6, 25.4, 24.1, 24.3, 24.8,
    21.2, 19.5, 20.4, 18.3, 16.5, 14.2, 14.4, 8.8, 10.0, 12.1, 7.9, 14.2, 11.0, 9.4, 5.1, 9.8,
    9.8, 11.0, 12.0, 11.6, 14.4, 12.8, 11.4, 12.9, 15.5, 13.7, 14.9, 13.7, 15.0, 15.2, 16.3, 18.0,
    20.0, 16.4, 21.2, 22.3, 22.5, 26.4, 25.6, 28.3, 31.5, 27.4, 27.5, 25.6, 29.7, 26.7, 26.3,
    26.5, 25.8, 19.3, 23.3, 19.1, 19.5, 19.3, 20.0, 18.3, 15.7, 15.6, 11.9, 11.0, 9.4, 8.1, 9.2,
    11.7, 7.5, 5.9,
)  # fmt: skip
WINDOWS = len(_WEEKS) - WINDOW


@dataclass(frozen=True)
class Weather(Windows):
    """The next week's mean temperature from those of the seven weeks before it."""

    name = "weather"
    target = "temperature"

    samples: int = integer(WINDOWS, 20, WINDOWS)

    def series(self) -> Array:
        return np.array(_WEEKS)

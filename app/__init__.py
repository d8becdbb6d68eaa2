"""The application: serves the engine over REST and WebSocket, and the page that draws it.

Arrows point one way: ``engine <- app.sessions <- app.runner <- app.routes <- app.main``.
"""

import os

__version__ = "0.1.0"

# The nets here are small: several BLAS threads only wait for each other and take the cores from
# other sessions. BLAS reads these once, when NumPy is imported, so they are set before anything
# imports it.
for _name in (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
):
    os.environ.setdefault(_name, "1")

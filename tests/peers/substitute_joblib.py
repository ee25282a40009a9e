"""A plugin of pytest that puts Braid into joblib before joblib's tests are imported.

BRAID_AS says where: "front" puts braid.Parallel in place of joblib.Parallel, "backend" puts Braid's
workers under joblib's own Parallel, in place of loky.
"""

import os

import braid
import joblib
import joblib._parallel_backends
import joblib.parallel

if os.environ["BRAID_AS"] == "front":
    joblib.Parallel = joblib.parallel.Parallel = braid.Parallel
    joblib.delayed = joblib.parallel.delayed = braid.delayed
else:
    braid.register_joblib()
    kind = joblib.parallel.BACKENDS.pop("braid")
    joblib.parallel.BACKENDS["loky"] = kind
    joblib._parallel_backends.LokyBackend = kind

"""Python imports this before a script, if this folder is on PYTHONPATH.

MADE_UP_WEATHER (calm, storm, frost, flood) turns the made-up world on; MADE_UP_BOX is the folder
that stands for the file system, MADE_UP_JOURNAL the file that tells what was done outside.
"""

import os

if "MADE_UP_WEATHER" in os.environ:
    import made_up_values  # noqa: I001

    made_up_values.install()
    import made_up_files

    made_up_files.install()
    import made_up_outside

    made_up_outside.install()

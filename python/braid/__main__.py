"""``python -m braid``: the braid command of this environment, in this process's place."""

import os
import sys
import sysconfig


def main() -> None:
    places = [sysconfig.get_path("scripts"), os.path.dirname(sys.executable)]
    for place in places:
        binary = os.path.join(place, "braid")
        if os.access(binary, os.X_OK):
            os.execv(binary, [binary, *sys.argv[1:]])
    sys.exit("braid: the command is not in " + " or ".join(dict.fromkeys(places)))


if __name__ == "__main__":
    main()

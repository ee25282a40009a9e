import a.b as c, d
from ..m . n import (x as y, z,)
from . import *

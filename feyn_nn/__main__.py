"""``python -m feyn_nn`` is ``feyn-nn``."""

import sys

from feyn_nn.cli import main

sys.exit(main())

"""`python -m leadq` is `leadq`."""

import sys

from leadq.launch import main

sys.exit(main())

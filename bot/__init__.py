"""Everything that touches the world: HTTP, WeChat, SQL, Redis, the console, the command line."""

import os

# Understanding multiplies small matrices in threads of our own. A pool of BLAS threads on top makes them wait
# for each other: eight times slower on a busy machine. It has to be set before numpy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

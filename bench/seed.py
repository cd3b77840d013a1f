"""The shipped seed model is what its tool makes of its corpora, to the last bit. `python -m bench.seed`"""

from __future__ import annotations

import sys

from tools.train_seed_model import main

if __name__ == "__main__":
    sys.argv[1:] = ["--check"]
    main()

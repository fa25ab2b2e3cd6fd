"""Exit 0 while the program in this container answers. `healthcheck.py [PORT]`"""

import sys
from urllib.request import urlopen

port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
try:
    with urlopen(f"http://127.0.0.1:{port}/livez", timeout=3) as answer:
        sys.exit(0 if answer.status == 200 else 1)
except OSError:  # refused, timed out, or answered with an error
    sys.exit(1)

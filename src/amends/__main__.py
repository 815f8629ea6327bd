"""`python -m amends`: the same as `amends`."""

from __future__ import annotations

from amends.cli import main

if __name__ == "__main__":
    main()

"""What a network wants of whoever connects an account, as its page says it."""

from __future__ import annotations

import pytest

from amends.channels import registry
from amends.desk.guide import Block, _blocks, guide

SECTION = """
A key, from an **administrator**:

1. Open *Admin*.
2. Copy the
   key.

Or, by yourself:

```
first *.pem
second

third
```
prints it.

- one
- another
"""


def test_steps_are_counted_lists_are_not_and_code_stays_as_it_is() -> None:
    assert _blocks(SECTION) == [
        Block("A key, from an administrator:"),
        Block("", ("Open Admin.", "Copy the key."), ordered=True),
        Block("Or, by yourself:"),
        Block("", code="first *.pem\nsecond\n\nthird"),
        Block("prints it."),
        Block("", ("one", "another")),
    ]


@pytest.mark.parametrize("channel", sorted(registry.channels()))
def test_no_sign_of_markdown_is_left(channel: str) -> None:
    assert not [block.text for block in guide(channel) if "```" in block.text or "**" in block.text]

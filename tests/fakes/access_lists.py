"""Access control lists of POSIX as the bytes of their extended attribute, for machines without setfacl."""

from __future__ import annotations

import os
import struct
from pathlib import Path

NAME, DEFAULT = "system.posix_acl_access", "system.posix_acl_default"
_NOBODY = 0xFFFFFFFF
USER_OBJ, USER, GROUP_OBJ, GROUP, MASK, OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20


def access_list(owner: int, group: int, mask: int, other: int, users: dict[int, int] | None = None) -> bytes:
    """Permissions (0 to 7) of the owner, the owning group, the mask, others, and users by number."""
    entries = [(USER_OBJ, owner, _NOBODY)]
    entries += [(USER, allowed, number) for number, allowed in sorted((users or {}).items())]
    entries += [(GROUP_OBJ, group, _NOBODY), (MASK, mask, _NOBODY), (OTHER, other, _NOBODY)]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def can_have_lists(folder: Path) -> bool:
    """Whether the disk of this folder takes access lists and attributes."""
    file = folder / ".can-have-lists"
    file.touch()
    try:
        os.setxattr(file, NAME, access_list(6, 4, 4, 0, {65533: 4}))
        os.setxattr(file, "user.note", b"a")
    except (OSError, AttributeError):
        return False
    else:
        return True
    finally:
        file.unlink()

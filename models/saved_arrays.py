"""Arrays with a header in one sealed file: no pickles, and equal bytes for equal content."""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]

_MAGIC = b"il2sim saved\n"
_SEAL_BYTES = 32
_HEADER = "header.json"
_FAST = 1  # zlib's level: the files are read again soon, and traits hardly get smaller with more effort
_BEGINNING = (1980, 1, 1, 0, 0, 0)  # a zip's first date: no clock, so that equal content is equal bytes


class SavedError(ValueError):
    """A saved file that cannot be used here: one sentence, to which who read the file adds its name."""


def packed(header: Mapping[str, Any], arrays: Arrays) -> bytes:
    """A file of a header (JSON) and named arrays, with a seal over all of it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(zipfile.ZipInfo(_HEADER, _BEGINNING), json.dumps(header))
        for name, array in arrays.items():
            part = io.BytesIO()
            np.lib.format.write_array(part, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", _BEGINNING)
            archive.writestr(entry, part.getvalue(), zipfile.ZIP_DEFLATED, _FAST)
    body = stream.getvalue()
    return _MAGIC + _seal(body) + body


def unpacked(content: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Header and arrays of such a file. Raises SavedError for a torn or a foreign one."""
    head = len(_MAGIC) + _SEAL_BYTES
    if not content.startswith(_MAGIC):
        raise SavedError("is no file that il2sim saved")
    if _seal(content[head:]) != content[len(_MAGIC) : head]:
        raise SavedError("is torn: what is in it is not what was written")
    try:
        with zipfile.ZipFile(io.BytesIO(content[head:])) as archive:
            header = json.loads(archive.read(_HEADER))
            names = [name for name in archive.namelist() if name != _HEADER]
            arrays = {name.removesuffix(".npy"): _array(archive.read(name)) for name in names}
    except (ValueError, KeyError, OSError, zlib.error, zipfile.BadZipFile) as error:
        raise SavedError(f"cannot be read as it was written: {error}") from error
    if not isinstance(header, dict):
        raise SavedError("cannot be read as it was written: its header is no JSON object")
    return header, arrays


def _array(content: bytes) -> NDArray[Any]:
    found: NDArray[Any] = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    return found


def _seal(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_SEAL_BYTES).digest()

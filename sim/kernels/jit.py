"""How kernels are compiled: cached, without the interpreter's lock, without reference counts; nothing
else, ever. And the types of what they are given, for readers and mypy: Numba takes no notice of them.

Kernels borrow every array from Python and allocate none. Numba would count references to each array of
each tuple at each call, which made the rules four times slower (docs/performance.md).
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

Integer = int | np.integer[Any]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Places = NDArray[np.int32]  # voxels, and slots or rules of many
Codes = NDArray[np.int8]
Flags = NDArray[np.bool_]
Kernel = TypeVar("Kernel", bound=Callable[..., Any])

# division as in NumPy: Python's asks each time whether it is by 0, and a loop that asks is not vectorised
kernel: Callable[[Kernel], Kernel] = njit(cache=True, nogil=True, _nrt=False, error_model="numpy")  # type: ignore[call-overload]
# copied into its callers before the compiler looks: a loop that calls anything else is not vectorised
copied_kernel: Callable[[Kernel], Kernel] = njit(  # type: ignore[call-overload]
    cache=True, nogil=True, _nrt=False, error_model="numpy", inline="always"
)

"""How kernels are compiled: cached, without the interpreter's lock, without reference counts; nothing
else, ever.

Kernels borrow every array from Python and allocate none. Numba would count references to each array of
each tuple at each call, which made the rules four times slower (docs/performance.md).
"""

from numba import njit

kernel = njit(cache=True, nogil=True, _nrt=False)
# copied into its callers before the compiler looks: a loop that calls anything else is not vectorised
copied_kernel = njit(cache=True, nogil=True, _nrt=False, inline="always")

"""Shapes on a lattice: closing and opening by a ball, calipers, planes. It knows lengths, not pathology."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, find_objects

Mask = NDArray[np.bool_]
Scalar = TypeVar("Scalar", bound=np.generic)


def close_by_ball(mask: Mask, radius_um: float, voxel_um: float) -> Mask:
    """Closing of a 2-D or 3-D mask by the ball of that radius: fills every gap in which no such ball fits.

    Tissue beyond the array counts as outside. An empty mask stays empty.
    """
    closed = np.zeros_like(mask)
    if not mask.any():
        return closed
    radius = radius_um / voxel_um
    reach = int(radius) + 1
    box = find_objects(mask.astype(np.int8))[0]  # a closing never leaves the bounding box
    dilated = distance_transform_edt(~np.pad(mask[box], reach)) <= radius
    inner = tuple(slice(reach, -reach) for _ in range(mask.ndim))
    closed[box] = (distance_transform_edt(dilated) > radius)[inner]
    return closed


def open_by_ball(mask: Mask, radius_um: float, voxel_um: float) -> Mask:
    """Opening of a 2-D or 3-D mask: what a ball of that radius covers without leaving the mask."""
    radius = radius_um / voxel_um
    core = distance_transform_edt(np.pad(mask, 1)) > radius
    if not core.any():
        return np.zeros_like(mask)
    opened: Mask = distance_transform_edt(~core) <= radius
    return opened[tuple(slice(1, -1) for _ in range(mask.ndim))]


def central_plane(array: NDArray[Scalar]) -> NDArray[Scalar]:
    """The plane through the tumour's centre across the last axis of a 3-D array; a section is that plane."""
    return array if array.ndim == 2 else array[..., array.shape[2] // 2]


def distance_from_centre_um(shape: tuple[int, ...], voxel_um: float) -> NDArray[np.float64]:
    """Distance of every voxel's centre from the centre of an array of that shape, in um."""
    squares = np.zeros(shape)
    for axis, size in enumerate(shape):
        offset = (np.arange(size) + 0.5 - size / 2) * voxel_um
        squares += np.expand_dims(offset**2, tuple(other for other in range(len(shape)) if other != axis))
    return np.sqrt(squares)


def distance_from_axis_um(shape: tuple[int, ...], voxel_um: float) -> NDArray[np.float64]:
    """Distance of every voxel's centre from the line along x through the centre of a section, in um."""
    offset = np.abs(np.arange(shape[1]) + 0.5 - shape[1] / 2) * voxel_um
    return np.broadcast_to(offset, shape)


def feret_diameters_mm(mask: Mask, voxel_um: float) -> tuple[float, float]:
    """Largest and smallest caliper width in mm of a mask, voxel corners included; (0, 0) if it is empty.

    Of a 3-D mask the central plane is measured. The smallest caliper lies flat on a side of the convex hull.
    """
    corners = _outer_corners(central_plane(mask))
    if not len(corners):
        return 0.0, 0.0
    from scipy.spatial import ConvexHull  # slow to load, and only a reading needs it

    hull = corners[ConvexHull(corners).vertices]
    largest = np.hypot(*(hull[:, None, :] - hull[None, :, :]).transpose(2, 0, 1)).max()
    sides = np.roll(hull, -1, axis=0) - hull
    normals = np.stack([-sides[:, 1], sides[:, 0]]) / np.hypot(sides[:, 0], sides[:, 1])
    smallest = np.ptp(hull @ normals, axis=0).min()
    return float(largest) * voxel_um / 1000, float(smallest) * voxel_um / 1000


def _outer_corners(plane: Mask) -> NDArray[np.int64]:
    """Corners of the first and last voxel of every row: the hull of a mask needs no others."""
    rows = np.flatnonzero(plane.any(axis=1))
    first = plane[rows].argmax(axis=1)
    last = plane.shape[1] - plane[rows, ::-1].argmax(axis=1)
    return np.concatenate([np.stack([rows + dx, end], axis=1) for dx in (0, 1) for end in (first, last)])

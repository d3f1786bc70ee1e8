"""Reconstruction errors of a face model, in millimetres."""

import numpy as np
import scipy.spatial

_CANDIDATES = 32  # triangles with the nearest centres that are tried for each point


def _nearest_on_triangles(points, a, b, c):
    """Barycentric weights (..., 3) of the points of triangles nearest to points (..., 3); Ericson, "Real-Time Collision
    Detection", 5.1.5.
    """
    ab, ac, ap = b - a, c - a, points - a
    d1, d2 = (ab * ap).sum(-1), (ac * ap).sum(-1)
    bp, cp = points - b, points - c
    d3, d4 = (ab * bp).sum(-1), (ac * bp).sum(-1)
    d5, d6 = (ab * cp).sum(-1), (ac * cp).sum(-1)
    va, vb, vc = d3 * d6 - d5 * d4, d5 * d2 - d1 * d6, d1 * d4 - d3 * d2

    total = va + vb + vc
    inside = (va >= 0) & (vb >= 0) & (vc >= 0) & (total > 0)
    best = np.stack([va, vb, vc], axis=-1) / np.where(total > 0, total, 1)[..., None]

    def on_edge(start, end, first, second):
        direction = end - start
        squared = np.maximum((direction**2).sum(-1), 1e-18)
        t = np.clip(((points - start) * direction).sum(-1) / squared, 0, 1)
        weights = np.zeros((*t.shape, 3))
        weights[..., first], weights[..., second] = 1 - t, t
        return np.linalg.norm(points - start - t[..., None] * direction, axis=-1), weights

    distances, weights = zip(on_edge(a, b, 0, 1), on_edge(a, c, 0, 2), on_edge(b, c, 1, 2))
    nearest = np.argmin(np.stack(distances), axis=0)
    on_edges = np.take_along_axis(np.stack(weights), nearest[None, ..., None], axis=0)[0]
    return np.where(inside[..., None], best, on_edges)


def nearest_on_surface(points, vertices, triangles):
    """The points of a triangle mesh nearest to points (N, 3): triangles (N,), barycentric weights (N, 3), distances (N,)."""
    corners = vertices[triangles]
    count = min(_CANDIDATES, len(triangles))
    _, near = scipy.spatial.cKDTree(corners.mean(axis=1)).query(points, k=count)
    near = near.reshape(len(points), count)
    candidates = corners[near]
    weights = _nearest_on_triangles(
        points[:, None], candidates[..., 0, :], candidates[..., 1, :], candidates[..., 2, :]
    )
    distance = np.linalg.norm((weights[..., None] * candidates).sum(axis=2) - points[:, None], axis=-1)
    best = distance.argmin(axis=1)
    rows = np.arange(len(points))
    return near[rows, best], weights[rows, best], distance[rows, best]


def distance_to_surface(points, vertices, triangles):
    """Distance of each point (N, 3) to a triangle mesh, in the unit of the points."""
    return nearest_on_surface(points, vertices, triangles)[2]


def project(basis, heads, vertex_weight):
    """Best approximation of offsets heads (N, V, 3) in the span of basis (K, V, 3), weighted per vertex."""
    scale = np.sqrt(vertex_weight)[:, None]
    system = (basis * scale).reshape(len(basis), -1)
    wanted = (heads * scale).reshape(len(heads), -1)
    coefficients = np.linalg.solve(system @ system.T, system @ wanted.T).T
    return np.tensordot(coefficients, basis, axes=1)

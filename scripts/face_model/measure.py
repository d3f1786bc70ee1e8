"""Reconstruction errors of a face model, in millimetres."""

import numpy as np
import scipy.spatial

_CANDIDATES = 32  # triangles with the nearest centres that are tried for each point


def _distance_to_triangles(points, a, b, c):
    """Distance of points (..., 3) to triangles; Ericson, "Real-Time Collision Detection", 5.1.5."""
    ab, ac, ap = b - a, c - a, points - a
    d1, d2 = (ab * ap).sum(-1), (ac * ap).sum(-1)
    bp, cp = points - b, points - c
    d3, d4 = (ab * bp).sum(-1), (ac * bp).sum(-1)
    d5, d6 = (ab * cp).sum(-1), (ac * cp).sum(-1)
    va, vb, vc = d3 * d6 - d5 * d4, d5 * d2 - d1 * d6, d1 * d4 - d3 * d2

    def on_edge(start, direction):
        squared = np.maximum((direction**2).sum(-1), 1e-18)
        t = np.clip(((points - start) * direction).sum(-1) / squared, 0, 1)[..., None]
        return np.linalg.norm(points - start - t * direction, axis=-1)

    edges = np.minimum(np.minimum(on_edge(a, ab), on_edge(a, ac)), on_edge(b, c - b))
    normal = np.cross(ab, ac)
    height = np.abs((ap * normal).sum(-1)) / np.maximum(np.linalg.norm(normal, axis=-1), 1e-18)
    return np.where((va >= 0) & (vb >= 0) & (vc >= 0), height, edges)


def distance_to_surface(points, vertices, triangles):
    """Distance of each point (N, 3) to a triangle mesh, in the unit of the points."""
    corners = vertices[triangles]
    _, near = scipy.spatial.cKDTree(corners.mean(axis=1)).query(points, k=_CANDIDATES)
    candidates = corners[near]
    return _distance_to_triangles(
        points[:, None], candidates[..., 0, :], candidates[..., 1, :], candidates[..., 2, :]
    ).min(axis=1)


def project(basis, heads, vertex_weight):
    """Best approximation of offsets heads (N, V, 3) in the span of basis (K, V, 3), weighted per vertex."""
    scale = np.sqrt(vertex_weight)[:, None]
    system = (basis * scale).reshape(len(basis), -1)
    wanted = (heads * scale).reshape(len(heads), -1)
    coefficients = np.linalg.solve(system @ system.T, system @ wanted.T).T
    return np.tensordot(coefficients, basis, axes=1)

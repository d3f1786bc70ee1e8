"""Mesh simplification by half-edge collapse under quadric errors summed over several shapes.

Garland and Heckbert, "Surface Simplification Using Quadric Error Metrics", SIGGRAPH 1997; the sum over the
shapes of a deforming mesh follows Mohr and Gleicher, "Deformation Sensitive Decimation", 2003. Vertices
never move, they only disappear, so every field on the mesh carries over.
"""

import heapq

import numpy as np

_LENGTH_WEIGHT = 1e-3  # squared centimetres of error per squared centimetre of edge: keeps triangles even
_CURVE_WEIGHT = 2.0  # of the planes that hold open borders and joins of regions
_MIN_NORMAL_COSINE = 0.3  # a triangle may not turn further in one collapse
_MIN_QUALITY = 0.12  # 1 is equilateral, 0 is a line

MIDLINE, BORDER, JOIN = 1, 2, 4


def triangle_edges(triangles):
    return np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)


def curve_edges(triangles, region, midline):
    """Edges that may only collapse along themselves: {(a, b): bits of MIDLINE, BORDER, JOIN}, a < b."""
    curves = {}

    def mark(edges, bit):
        for a, b in edges.tolist():
            curves[a, b] = curves.get((a, b), 0) | bit

    edges, count = np.unique(triangle_edges(triangles), axis=0, return_counts=True)
    open_edges = edges[count == 1]
    on_midline = midline[open_edges].all(axis=1)
    mark(open_edges[on_midline], MIDLINE)
    mark(open_edges[~on_midline], BORDER)
    parts = region[triangles]
    joins = triangle_edges(triangles[(parts != parts[:, :1]).any(axis=1)])
    joins = np.unique(joins[region[joins[:, 0]] == region[joins[:, 1]]], axis=0)
    mark(joins, JOIN)
    return curves


def _plane_quadrics(normals, points):
    """Upper triangles (..., 10) of the quadrics of planes through `points`."""
    plane = np.concatenate([normals, -(normals * points).sum(-1, keepdims=True)], axis=-1)
    i, j = np.triu_indices(4)
    return plane[..., i] * plane[..., j] * np.where(i == j, 1.0, 2.0)


def _monomials(points):
    """Products (..., 10) that a quadric is multiplied with."""
    homogeneous = np.concatenate([points, np.ones_like(points[..., :1])], axis=-1)
    i, j = np.triu_indices(4)
    return homogeneous[..., i] * homogeneous[..., j]


def _normalized(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


def _qualities(corners):
    """Triangle quality 4*sqrt(3)*area / sum of squared edges for (..., 3, 3) corners."""
    a, b, c = corners[..., 0, :], corners[..., 1, :], corners[..., 2, :]
    area = np.linalg.norm(np.cross(b - a, c - a), axis=-1) / 2
    squares = ((b - a) ** 2).sum(-1) + ((c - b) ** 2).sum(-1) + ((a - c) ** 2).sum(-1)
    return 4 * np.sqrt(3) * area / np.maximum(squares, 1e-12)


class Simplifier:
    """One simplification of one mesh.

    shapes: (S, V, 3), the first is the neutral one. importance: (V,) factor on the error at a vertex.
    locked: vertices that stay. Vertices only collapse onto neighbours of the same region.
    """

    def __init__(self, shapes, triangles, region, midline, importance, locked):
        self.shapes = np.ascontiguousarray(shapes.transpose(1, 0, 2))  # (V, S, 3)
        self.region = region
        self.locked = set(int(v) for v in locked)
        self.triangles = [list(t) for t in triangles.tolist()]
        self.star = {}  # vertex -> ids of its triangles
        for index, triangle in enumerate(self.triangles):
            for v in triangle:
                self.star.setdefault(v, set()).add(index)
        self.edge_curves = curve_edges(triangles, region, midline)
        self.vertex_curves = {}
        for (a, b), bits in self.edge_curves.items():
            for v in (a, b):
                self.vertex_curves[v] = self.vertex_curves.get(v, 0) | bits
        self.version = dict.fromkeys(self.star, 0)
        self.count = np.bincount(region[list(self.star)], minlength=int(region.max()) + 1)
        self.monomials = _monomials(self.shapes)
        self._add_quadrics(triangles, importance)

    def _add_quadrics(self, triangles, importance):
        corners = self.shapes[triangles]  # (T, 3, S, 3)
        cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        area = np.linalg.norm(cross, axis=-1, keepdims=True) / 2
        normal = _normalized(cross)
        face_quadrics = _plane_quadrics(normal, corners[:, 0]) * area
        self.quadrics = np.zeros_like(self.monomials)
        self.area = np.zeros(len(self.shapes))
        for k in range(3):
            np.add.at(self.quadrics, triangles[:, k], face_quadrics * importance[triangles[:, k], None, None])
            np.add.at(self.area, triangles[:, k], area[:, 0, 0] * importance[triangles[:, k]])
        for (a, b), bits in self.edge_curves.items():
            if bits == MIDLINE:
                continue
            for t in self.star[a] & self.star[b]:
                direction = self.shapes[b] - self.shapes[a]
                squared_length = (direction**2).sum(-1, keepdims=True)
                side = _normalized(np.cross(direction, normal[t]))
                quadric = _plane_quadrics(side, self.shapes[a]) * squared_length * _CURVE_WEIGHT
                for v in (a, b):
                    self.quadrics[v] += quadric * importance[v]

    def _ring(self, v):
        return {w for t in self.star[v] for w in self.triangles[t]} - {v}

    def _may_follow(self, u, v):
        """Whether the curves through u allow it to slide onto v."""
        if u in self.locked or self.region[u] != self.region[v]:
            return False
        along = self.edge_curves.get((min(u, v), max(u, v)), 0)
        return self.vertex_curves.get(u, 0) & ~along == 0

    def _push(self, heap, pairs):
        pairs = [pair for pair in pairs if self._may_follow(*pair)]
        if not pairs:
            return
        u, v = np.array(pairs).T
        cost = ((self.quadrics[u] + self.quadrics[v]) * self.monomials[v]).sum((1, 2))
        cost += _LENGTH_WEIGHT * self.area[u] * ((self.shapes[u, 0] - self.shapes[v, 0]) ** 2).sum(-1)
        for pair, c in zip(pairs, cost.tolist()):
            heapq.heappush(heap, (c, *pair, self.version[pair[0]], self.version[pair[1]]))

    def _is_valid(self, u, v):
        shared = self.star[u] & self.star[v]
        ring_u, ring_v = self._ring(u), self._ring(v)
        if len(ring_u & ring_v) != len(shared):
            return False  # the surface would touch itself
        if len(self.star[u]) == len(shared) or len(ring_u | ring_v) <= 4:
            return False  # nothing of the surface would be left
        if self.vertex_curves.get(v, 0) & MIDLINE:
            for w in ring_u - ring_v - {v}:
                along = self.edge_curves.get((min(u, w), max(u, w)), 0) & MIDLINE
                if self.vertex_curves.get(w, 0) & MIDLINE and not along:
                    return False  # the mirrored halves would share an edge off the midline
        moved = sorted(self.star[u] - shared)
        before = np.array([self.triangles[t] for t in moved])
        after = np.where(before == u, v, before)
        old, new = self.shapes[before], self.shapes[after]  # (F, 3, S, 3)
        old_normal = _normalized(np.cross(old[:, 1] - old[:, 0], old[:, 2] - old[:, 0]))
        new_normal = _normalized(np.cross(new[:, 1] - new[:, 0], new[:, 2] - new[:, 0]))
        if ((old_normal * new_normal).sum(-1) < _MIN_NORMAL_COSINE).any():
            return False
        worst = _qualities(old[:, :, 0]).min()
        return _qualities(new[:, :, 0]).min() >= min(_MIN_QUALITY, worst)

    def _collapse(self, u, v):
        shared = self.star[u] & self.star[v]
        for t in shared:
            for w in self.triangles[t]:
                self.star[w].discard(t)
            self.triangles[t] = None
        for t in self.star.pop(u):
            self.triangles[t] = [v if w == u else w for w in self.triangles[t]]
            self.star[v].add(t)
        for edge in [edge for edge in self.edge_curves if u in edge]:
            bits = self.edge_curves.pop(edge)
            w = edge[0] if edge[1] == u else edge[1]
            if w != v:
                key = (min(v, w), max(v, w))
                self.edge_curves[key] = self.edge_curves.get(key, 0) | bits
        self.quadrics[v] += self.quadrics[u]
        self.area[v] += self.area[u]
        self.version[v] += 1
        del self.version[u]
        self.count[self.region[u]] -= 1

    def run(self, targets):
        """Collapses until each region has at most targets[region] vertices, cheapest first."""
        while True:
            heap = []
            pairs = [(u, v) for u in self.star for v in self._ring(u)]
            self._push(heap, [p for p in pairs if self.count[self.region[p[0]]] > targets[self.region[p[0]]]])
            collapsed = 0
            while heap:
                _, u, v, version_u, version_v = heapq.heappop(heap)
                if self.version.get(u) != version_u or self.version.get(v) != version_v:
                    continue
                if self.count[self.region[u]] <= targets[self.region[u]] or not self._is_valid(u, v):
                    continue
                self._collapse(u, v)
                collapsed += 1
                self._push(heap, [pair for w in self._ring(v) for pair in ((v, w), (w, v))])
            if collapsed == 0:
                break
        return np.array([t for t in self.triangles if t is not None])

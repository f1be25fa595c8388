#!/usr/bin/env python3
"""Makes src/render/world.txt: the outlines of countries that the world map is drawn from.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz && pip install pycountry
    python3 src/render/world-map.py package src/render/world.txt

The outlines are Natural Earth's, which are in the public domain (https://www.naturalearthdata.com/about/terms-of-use/), as packed by
world-atlas (ISC licence): shapes at 1:110 million, and the middle of every country from 1:50 million, where small states are found too.
Natural Earth draws borders as they are held, not as they are claimed.
"""
import json
import math
import sys

import pycountry

SCALE = 10000 / (2 * 0.8707 * math.pi)
TOP, BOTTOM = 84.0, -57.0
# Square units (of a map 1000 wide) below which a country is drawn as a dot too.
SMALL = 9.0


def project(lon, lat):
    """The Natural Earth projection (Patterson, Jenny, Savric), in units of a map 10000 wide; the same as in world.rs."""
    lat = math.radians(max(BOTTOM, min(TOP, lat)))
    p = lat * lat
    x = math.radians(lon) * (0.8707 + p * (-0.131979 + p * (-0.013791 + p**3 * (0.003971 - 0.001529 * p))))
    y = lat * (1.007226 + p * (0.015085 + p * p * (-0.044475 + 0.028874 * p - 0.005916 * p * p)))
    return x * SCALE + 5000, -y * SCALE


def load(path):
    topology = json.load(open(path, encoding="utf-8"))
    scale, translate = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * scale[0] + translate[0], y * scale[1] + translate[1]))
        arcs.append(points)

    def ring(indices):
        points = []
        for index in indices:
            arc = arcs[index] if index >= 0 else arcs[~index][::-1]
            points.extend(arc if not points else arc[1:])
        return points

    def halves(points):
        """A ring across the date line is cut there, so that each half lies within the map."""
        unrolled, turn = [points[0]], 0
        for (before, _), (lon, lat) in zip(points, points[1:]):
            turn += 360 if lon - before < -180 else -360 if lon - before > 180 else 0
            unrolled.append((lon + turn, lat))
        out = []
        for shift in (-360, 0, 360):
            moved = [(max(-180.0, min(180.0, lon + shift)), lat) for lon, lat in unrolled]
            if any(-180 < lon < 180 for lon, _ in moved):
                out.append(moved)
        return out

    shapes = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        found = pycountry.countries.get(numeric=str(geometry.get("id", "")).zfill(3))
        code = found.alpha_3 if found else "-"
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        shapes.setdefault(code, []).extend([half for r in polygon for half in halves(ring(r))] for polygon in polygons)
    return shapes


def area_and_middle(points):
    flat = [project(*p) for p in points]
    area = cx = cy = 0.0
    for (x1, y1), (x2, y2) in zip(flat, flat[1:] + flat[:1]):
        cross = x1 * y2 - x2 * y1
        area += cross
        cx += (x1 + x2) * cross
        cy += (y1 + y2) * cross
    if abs(area) < 1e-9:
        return 0.0, flat[0]
    return abs(area) / 2, (cx / (3 * area), cy / (3 * area))


def path(polygons):
    parts = []
    for polygon in polygons:
        for points in polygon:
            flat = [tuple(round(c) for c in project(*p)) for p in points]
            if max(lat for _, lat in points) < BOTTOM:
                continue
            kept = [flat[0]]
            for point in flat[1:]:
                if point != kept[-1]:
                    kept.append(point)
            if len(kept) < 4:
                continue
            x, y = kept[0]
            steps = []
            for nx, ny in kept[1:-1]:
                steps.append(f"{nx - x} {ny - y}")
                x, y = nx, ny
            parts.append(f"M{kept[0][0]} {kept[0][1]}l{' '.join(steps)}z".replace(" -", "-"))
    return "".join(parts)


def main():
    folder, target = sys.argv[1:]
    coarse = load(f"{folder}/countries-110m.json")
    fine = load(f"{folder}/countries-50m.json")
    lines = [
        "# Natural Earth (public domain), by way of world-atlas 2.0.2 (ISC). Made by src/render/world-map.py.",
        "# alpha-3 code, middle x and y, whether it is small, path; units of a map 10000 wide, the equator at 0.",
    ]
    for code in sorted(set(coarse) | set(fine)):
        if code in ("ATA",):
            continue
        polygons = fine.get(code) or coarse[code]
        largest = max((area_and_middle(ring) for p in polygons for ring in p), key=lambda a: a[0])
        total = sum(area_and_middle(p[0])[0] for p in polygons) / 100
        x, y = largest[1]
        small = total < SMALL or code not in coarse
        lines.append(f"{code}\t{round(x)}\t{round(y)}\t{int(small)}\t{path(coarse.get(code, []))}")
    with open(target, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


main()

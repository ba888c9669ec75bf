#!/usr/bin/env python3
"""Usage: space_frames.py SVG COLUMNS

Puts a gap between the frames of a recording that svg-term made. Without it a line of full width reaches into the next frame.
"""

import re
import sys

GAP = 2


def main():
    path, columns = sys.argv[1], int(sys.argv[2])

    def moved(match):
        return f"{match.group(1)}{int(match.group(2)) // columns * (columns + GAP)}{match.group(3)}"

    with open(path) as file:
        svg = file.read()
    svg = re.sub(r'(<svg x=")(\d+)(">)', moved, svg)
    svg = re.sub(r'(<svg width=")(\d+)(">)', moved, svg)
    svg = re.sub(r"(translateX\(-)(\d+)(px\))", moved, svg)
    # One more column is visible, and the window is wider by it.
    svg = svg.replace(f'viewBox="0 0 {columns} ', f'viewBox="0 0 {columns + 1} ')
    svg = svg.replace(f'width="{columns * 10}"', f'width="{columns * 10 + 10}"')
    svg = svg.replace(f'width="{columns * 10 + 40}"', f'width="{columns * 10 + 50}"')
    with open(path, "w") as file:
        file.write(svg)


main()

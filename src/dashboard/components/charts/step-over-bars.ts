type Path = Pick<CanvasPath, 'moveTo' | 'lineTo'>;

/** Draws a line in steps over the whole width of each bar. A usual step line begins and ends in the middle of the outer bars. */
export function stepOverBars(context: Path) {
  let points: { readonly x: number; readonly y: number }[] = [];
  return {
    areaStart() {},
    areaEnd() {},
    lineStart() {
      points = [];
    },
    point(x: number, y: number) {
      points.push({ x, y });
    },
    lineEnd() {
      const [first, second] = points;
      const half = first && second ? (second.x - first.x) / 2 : 0;
      points.forEach(({ x, y }, nth) => {
        if (nth === 0) context.moveTo(x - half, y);
        else context.lineTo(x - half, y);
        context.lineTo(x + half, y);
      });
    },
  };
}

/**
 * Patterns over the colors of stacked bars, because some readers cannot tell the colors apart. Each is a path on a tile of 6 × 6, drawn
 * over the color.
 */
const paths = [
  '',
  'M-1 1 1-1M0 6 6 0M5 7 7 5',
  'M3 3h.01',
  'M0 3h6',
  'M-1 5 1 7M0 0 6 6M5-1 7 1',
  'M0 3h6M3 0v6',
  'M3 0v6',
] as const;

export const tileSize = 6;
export const strokeWidth = 2;

/** Returns the path of a pattern. The first one is plain. */
export function getPatternPath(nth: number): string {
  return paths[nth % paths.length] ?? '';
}

/** Returns the pattern as a CSS image, for a legend or a bar of HTML. */
export function getPatternImage(nth: number): string {
  const path = getPatternPath(nth);
  if (path === '') return 'none';
  const tile = `<svg xmlns="http://www.w3.org/2000/svg" width="${tileSize}" height="${tileSize}"><path d="${path}" stroke="#fff" stroke-opacity=".6" stroke-width="${strokeWidth}" stroke-linecap="round"/></svg>`;
  return `url("data:image/svg+xml,${encodeURIComponent(tile)}")`;
}

import type { PixelSettings } from './pixel-settings.ts';

/** A rule for the pages of a single-page shop. The first whose pattern matches the path of an address counts. */
export interface PageRule {
  /** A path, in which `*` stands for any characters. */
  readonly match: string;
  /** The path that is reported. Absent: that of the address. */
  readonly as?: string;
  /** Parameters of the address that are not reported, and whose change is no page view. */
  readonly ignore?: readonly string[];
}

export const maxPageRules = 16;
export const maxIgnoredParameters = 16;

/** Returns the rules as the pixel reads them: a regular expression of the path, the reported path or an empty text, and parameters. */
export function toPixelRules(rules: readonly PageRule[]): NonNullable<PixelSettings['pages']> {
  return rules.map(({ match, as = '', ignore = [] }) => [toExpression(match), as, ...ignore]);
}

/** Returns the expression of a path, which browsers encode. Several `*` in a row are one. */
function toExpression(match: string): string {
  const path = URL.parse(match, 'http://shop.example')?.pathname ?? match;
  const texts = path.split(/\*+/).map((text) => text.replace(/[\\^$.|?+()[\]{}/]/g, '\\$&'));
  return `^${texts.join('.*')}$`;
}

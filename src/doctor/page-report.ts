import { destinations } from '../destinations/destinations.ts';
import type { RegisteredDestination } from '../destinations/kit/destination.ts';
import type { PageTag } from '../destinations/kit/page-tag.ts';
import { consentPlatforms, type DetectedConsentTool, supportedConsentTools } from './consent-tools.ts';
import { extractScripts, type PageScript } from './page-scripts.ts';

/** A platform with its browser tag, if it has one. */
export type TaggedPlatform = Pick<RegisteredDestination, 'id' | 'tag'>;

/** The scripts and tools in the HTML of a page. A tag manager may load others. */
export interface PageReport {
  /** The pixel URLs with a write key, from Convey's snippet or its script tags. */
  readonly pixels: readonly PixelAddress[];
  /** Whether the page itself calls `convey('consent', …)`. */
  readonly callsConsent: boolean;
  /** The consent tools that the pixel reads itself. */
  readonly tools: readonly DetectedConsentTool[];
  /** The names, as in `platforms`, of the consent platforms that the page loads. */
  readonly platforms: readonly string[];
  /** The platforms' browser tags on the page, by destination. */
  readonly tags: Readonly<Record<string, TagOnPage>>;
  readonly hasTagManager: boolean;
}

/** A platform's browser tag on a page. */
export interface TagOnPage {
  /** Empty if the page does not show an id. */
  readonly ids: readonly string[];
  /** Whether the tag starts without a consent default before it, although it needs one. */
  readonly isUntold: boolean;
}

export interface PixelAddress {
  readonly writeKey: string;
  /** The part of the URL before the key, such as `https://data.shop.example/p.js?k=`. Empty if unknown. */
  readonly before: string;
  /** Whether a consent tool blocks the script until the shopper accepts. */
  readonly isHeldBack: boolean;
}

const longestAddress = 300;
/** Analyzes the HTML of a page, without running scripts or loading resources. */
export function analyzePage(html: string, platforms: readonly TaggedPlatform[] = destinations): PageReport {
  const scripts = extractScripts(html);
  const all = scripts.map(({ src, text }) => `${src}\n${text}`);
  const isAnywhere = (pattern: RegExp) => all.some((script) => pattern.test(script));
  return {
    pixels: scripts.flatMap(findPixels),
    callsConsent: isAnywhere(/\bconvey\(\s{0,20}['"]consent['"]/),
    tools: supportedConsentTools.filter(({ sign }) => isAnywhere(sign)),
    platforms: consentPlatforms.filter(({ sign }) => isAnywhere(sign)).map(({ name }) => name),
    tags: findTags(scripts, platforms),
    hasTagManager: isAnywhere(/\bgoogletagmanager\.com\/gtm\.js/),
  };
}

function findTags(scripts: readonly PageScript[], platforms: readonly TaggedPlatform[]): PageReport['tags'] {
  const found = platforms.flatMap(({ id, tag }) => {
    const { page } = tag ?? {};
    const own = page ? scripts.map(({ src, text }) => `${src}\n${text}`).filter((script) => page.sign.test(script)) : [];
    if (!page || own.length === 0) return [];
    const ids = own.flatMap((script) => [...script.matchAll(page.id)].map(([, found = '']) => found));
    return [[id, { ids: [...new Set(ids)], isUntold: isUntold(scripts, page) }] as const];
  });
  return Object.fromEntries(found);
}

function isUntold(scripts: readonly PageScript[], { sign, consentDefault }: PageTag): boolean {
  if (!consentDefault) return false;
  const running = scripts
    .filter(({ isHeldBack }) => !isHeldBack)
    .map(({ src, text }) => `${src}\n${text}`)
    .join('\n');
  const tag = running.search(sign);
  const defaultAt = running.search(consentDefault.sign);
  return tag >= 0 && (defaultAt < 0 || defaultAt > tag);
}

function findPixels({ src, text, isHeldBack }: PageScript): readonly PixelAddress[] {
  return [src, text].flatMap((part) =>
    [...part.matchAll(/[?&](?:amp;)?k=(wk_[\w-]{1,120})/g)].map(({ 0: found, 1: writeKey = '', index }) => {
      const key = index + found.length - writeKey.length;
      const begin = part.slice(Math.max(0, key - longestAddress), key);
      return { writeKey, isHeldBack, before: /(?:https?:)?\/\/[^\s"'`<>\\]{1,300}$/.exec(begin)?.[0] ?? '' };
    }),
  );
}

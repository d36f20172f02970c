import { consentPlatforms, type DetectedConsentTool, supportedConsentTools } from './consent-tools.ts';
import { extractScripts, type PageScript } from './page-scripts.ts';

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
  /** Whether the page has the UET tag. */
  readonly hasUetTag: boolean;
  readonly uetTagIds: readonly string[];
  /** Whether the tag starts without a consent default before it. */
  readonly isTagUntold: boolean;
  readonly hasTagManager: boolean;
}

export interface PixelAddress {
  readonly writeKey: string;
  /** The part of the URL before the key, such as `https://data.shop.example/p.js?k=`. Empty if unknown. */
  readonly before: string;
  /** Whether a consent tool blocks the script until the shopper accepts. */
  readonly isHeldBack: boolean;
}

const longestAddress = 300;
/** The tag's script, on any host, or the code that starts the tag. */
const uetSign = /(?:^|\/)bat\.js(?![\w.-])|\bnew\s{1,20}(?:\w{1,40}\.)?UET\b/m;
/** The code that sets the tag's consent default. A tag with the TCF asks the consent platform itself. */
const defaultSign = /\.push\(\s{0,20}['"](?:consent['"]\s{0,20},\s{0,20}['"]default|config['"]\s{0,20},\s{0,20}['"]tcf)['"]/;

/** Analyzes the HTML of a page, without running scripts or loading resources. */
export function analyzePage(html: string): PageReport {
  const scripts = extractScripts(html);
  const all = scripts.map(({ src, text }) => `${src}\n${text}`);
  const isAnywhere = (pattern: RegExp) => all.some((script) => pattern.test(script));
  const uet = all.filter((script) => uetSign.test(script));
  return {
    pixels: scripts.flatMap(findPixels),
    callsConsent: isAnywhere(/\bconvey\(\s{0,20}['"]consent['"]/),
    tools: supportedConsentTools.filter(({ sign }) => isAnywhere(sign)),
    platforms: consentPlatforms.filter(({ sign }) => isAnywhere(sign)).map(({ name }) => name),
    hasUetTag: uet.length > 0,
    uetTagIds: [...new Set(uet.flatMap(findTagIds))],
    isTagUntold: isTagUntold(scripts),
    hasTagManager: isAnywhere(/\bgoogletagmanager\.com\/gtm\.js/),
  };
}

function isTagUntold(scripts: readonly PageScript[]): boolean {
  const running = scripts
    .filter(({ isHeldBack }) => !isHeldBack)
    .map(({ src, text }) => `${src}\n${text}`)
    .join('\n');
  const tag = running.search(uetSign);
  const defaultAt = running.search(defaultSign);
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

function findTagIds(script: string): readonly string[] {
  return [...script.matchAll(/\bti["']?\s{0,20}[:=]\s{0,20}["']?([1-9]\d{0,19})\b/g)].map(([, id = '']) => id);
}

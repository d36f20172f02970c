import { type DetectedConsentTool, platforms, supportedConsentTools } from './consent-tools.ts';
import { extractScripts, type PageScript } from './page-scripts.ts';

/** What the text of one page shows of what runs on it. A tag manager may add to it what the text does not show. */
export interface PageReport {
  /** Addresses with a write key, as Convey's snippet or a script tag of it has them. */
  readonly pixels: readonly PixelAddress[];
  /** Whether the page says itself what the shopper chose. */
  readonly callsConsent: boolean;
  /** Consent tools that the pixel reads by itself. */
  readonly tools: readonly DetectedConsentTool[];
  /** Names of consent platforms whose script the page loads, as `platforms` has them. */
  readonly platforms: readonly string[];
  /** The UET tag's script, and the ids that it is started with. */
  readonly hasUetTag: boolean;
  readonly uetTagIds: readonly string[];
  /** The tag starts by itself, and nothing before it says that nobody agreed yet. */
  readonly isTagUntold: boolean;
  readonly hasTagManager: boolean;
}

export interface PixelAddress {
  readonly writeKey: string;
  /** What stands before the key, such as `https://data.shop.example/p.js?k=`; empty where that cannot be told. */
  readonly before: string;
  /** It stands in a script that does not run until a consent tool lets it. */
  readonly isHeldBack: boolean;
}

const longestAddress = 300;
/** The tag's script, of whichever host, or its start. */
const uetSign = /(?:^|\/)bat\.js(?![\w.-])|\bnew\s{1,20}(?:\w{1,40}\.)?UET\b/m;
/** What tells it of consent before it comes; with the TCF it asks the consent platform itself. */
const defaultSign = /\.push\(\s{0,20}['"](?:consent['"]\s{0,20},\s{0,20}['"]default|config['"]\s{0,20},\s{0,20}['"]tcf)['"]/;

/** Reads a page's text. Nothing of it is run, and nothing that it names is loaded. */
export function analyzePage(html: string): PageReport {
  const scripts = extractScripts(html);
  const all = scripts.map(({ src, text }) => `${src}\n${text}`);
  const isAnywhere = (pattern: RegExp) => all.some((script) => pattern.test(script));
  const uet = all.filter((script) => uetSign.test(script));
  return {
    pixels: scripts.flatMap(pixelsOf),
    callsConsent: isAnywhere(/\bconvey\(\s{0,20}['"]consent['"]/),
    tools: supportedConsentTools.filter(({ sign }) => isAnywhere(sign)),
    platforms: platforms.filter(({ sign }) => isAnywhere(sign)).map(({ name }) => name),
    hasUetTag: uet.length > 0,
    uetTagIds: [...new Set(uet.flatMap(tagIdsOf))],
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
  const told = running.search(defaultSign);
  return tag >= 0 && (told < 0 || told > tag);
}

function pixelsOf({ src, text, isHeldBack }: PageScript): readonly PixelAddress[] {
  return [src, text].flatMap((part) =>
    [...part.matchAll(/[?&](?:amp;)?k=(wk_[\w-]{1,120})/g)].map(({ 0: found, 1: writeKey = '', index }) => {
      const key = index + found.length - writeKey.length;
      const begin = part.slice(Math.max(0, key - longestAddress), key);
      return { writeKey, isHeldBack, before: /(?:https?:)?\/\/[^\s"'`<>\\]{1,300}$/.exec(begin)?.[0] ?? '' };
    }),
  );
}

function tagIdsOf(script: string): readonly string[] {
  return [...script.matchAll(/\bti["']?\s{0,20}[:=]\s{0,20}["']?([1-9]\d{0,19})\b/g)].map(([, id = '']) => id);
}

import { gzipSync } from 'node:zlib';
import { listAliases, urgentEventNames } from '../../event/event-names.ts';
import type { BrowserConfig, PixelSettings } from '../../event/pixel-settings.ts';
import type { Site } from '../../event/site.ts';
import { clickIdParameters, platformCookies } from '../../identity/click-ids.ts';
import { sha256 } from '../../identity/hashing.ts';
import { resolveConsent } from '../accept/effective-consent.ts';
import { parseCountryCode } from '../accept/parse-country-code.ts';

/** The pixel with its settings for one shopper. */
export interface PixelScript {
  /** All responses share these bytes and those of `gzip`, so that slow clients do not hold a copy each. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same bytes, compressed once: compression would cost more than all other steps of a response. */
  readonly gzip: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  /** Whether the script depends on the shopper's country, so that a shared cache must not keep it. */
  readonly isPrivate: boolean;
}

/** The built pixel: with and without the reading of consent tools, and each of these also with the reporting to a Shopify shop's cart. */
export interface BuiltPixel {
  readonly whole: string;
  readonly core: string;
  readonly shopify: string;
  readonly shopifyCore: string;
}

/** The placeholder for the settings in the built pixel. */
const placeholder = '__CONVEY_SETTINGS__';

/**
 * Creates a function that inserts each site's public settings into the built pixel.
 * @param getBrowserConfig returns the browser's part of the site's connections.
 */
export function createPixelScripts(built: BuiltPixel, getBrowserConfig: (site: Site) => BrowserConfig) {
  for (const script of [built.whole, built.core, built.shopify, built.shopifyCore]) {
    if (script.split(placeholder).length !== 2)
      throw new Error('The built pixel must have exactly one placeholder for its settings');
  }
  const scripts = new WeakMap<Site, Map<PixelSettings['silence'], PixelScript>>();
  return (site: Site, country: string | undefined): PixelScript => {
    const countryCode = country === undefined ? undefined : parseCountryCode(country);
    const { policy } = site.consent;
    const { effective } = resolveConsent(
      {},
      { policy, reporter: 'browser', gpc: false, ...(countryCode !== undefined && { country: countryCode }) },
    );
    const silence = effective === 'granted' ? 'granted' : 'denied';
    const siteScripts = scripts.get(site) ?? new Map<PixelSettings['silence'], PixelScript>();
    scripts.set(site, siteScripts);
    const cached = siteScripts.get(silence);
    if (cached) return cached;
    const settings = buildSettings(site, silence, getBrowserConfig(site));
    // No `<` in a string may open a tag if a page contains the script inline.
    const text = selectBuild(site, settings, built).replace(placeholder, () =>
      JSON.stringify(settings).replaceAll('<', '\\u003c'),
    );
    const script = {
      bytes: new TextEncoder().encode(text),
      gzip: gzipSync(text, { level: 9 }),
      etag: `W/"${sha256(text).slice(0, 20)}"`,
      isPrivate: policy === 'regional',
    };
    siteScripts.set(silence, script);
    return script;
  };
}

function selectBuild(site: Site, settings: PixelSettings, built: BuiltPixel): string {
  if (site.platform === 'shopify') return needsOnlyCore(site, settings) ? built.shopifyCore : built.shopify;
  return needsOnlyCore(site, settings) ? built.core : built.whole;
}

/** Returns whether the site needs no consent tool: with the policy `granted` the page asks before it calls Convey. */
function needsOnlyCore({ consent }: Site, { uet, idSync }: PixelSettings): boolean {
  return consent.policy === 'granted' && uet === undefined && idSync === undefined;
}

function buildSettings(
  site: Site,
  silence: PixelSettings['silence'],
  { vocabulary: words, customerId }: BrowserConfig,
): PixelSettings {
  const { mode, tagId, script, queue, idSync } = site.uet;
  const { defaultCurrency: currency } = site;
  return {
    writeKey: site.writeKey,
    silence,
    purchase: listAliases('Purchase'),
    urgent: urgentEventNames.flatMap(listAliases),
    cookies: platformCookies,
    clicks: clickIdParameters,
    ...(mode !== 'off' &&
      tagId !== undefined && { uet: { mode, tagId, script, queue, ...words, ...(currency !== undefined && { currency }) } }),
    ...(customerId !== undefined && { idSync: buildIdSyncUrl(idSync, customerId) }),
  };
}

/** @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04) */
function buildIdSyncUrl(idSync: string, customerId: string): string {
  const url = new URL(idSync);
  url.searchParams.set('Red3', `BACID_${customerId}`);
  return url.href;
}

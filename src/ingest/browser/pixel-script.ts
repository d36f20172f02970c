import { gzipSync } from 'node:zlib';
import { listAliases, urgentEventNames } from '../../event/event-names.ts';
import type { BrowserConfig, PixelSettings } from '../../event/pixel-settings.ts';
import type { Site } from '../../event/site.ts';
import { clickIdParameters, platformCookies } from '../../identity/click-ids.ts';
import { sha256 } from '../../identity/hashing.ts';
import { resolveConsent } from '../accept/effective-consent.ts';
import { parseCountryCode } from '../accept/parse-country.ts';

/** The pixel as one shopper gets it. */
export interface PixelScript {
  /** Every answer shares these bytes and those of `gzip`, so that slow clients hold no copy each. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same as gzip, packed once: to pack it for everybody who asks costs more than all else of the answer. */
  readonly gzip: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  /** The shopper's country is part of it, so no shared cache may keep it. */
  readonly isPrivate: boolean;
}

/** The pixel as it is built: whole, and without what reads consent tools; each also with what writes into a Shopify shop's cart. */
export interface BuiltPixel {
  readonly whole: string;
  readonly core: string;
  readonly shopify: string;
  readonly shopifyCore: string;
}

/** Where the built pixel leaves room for its settings. */
const room = '__CONVEY_SETTINGS__';

/**
 * Writes each site's public settings into the built pixel.
 * @param sideOf what the site's connections have the browser do.
 */
export function createPixelScripts(built: BuiltPixel, sideOf: (site: Site) => BrowserConfig) {
  for (const script of [built.whole, built.core, built.shopify, built.shopifyCore]) {
    if (script.split(room).length !== 2) throw new Error('The built pixel has not one place for its settings');
  }
  const made = new WeakMap<Site, Map<PixelSettings['silence'], PixelScript>>();
  return (site: Site, country: string | undefined): PixelScript => {
    const place = country === undefined ? undefined : parseCountryCode(country);
    const { policy } = site.consent;
    const { effective } = resolveConsent(
      {},
      { policy, reporter: 'browser', gpc: false, ...(place !== undefined && { country: place }) },
    );
    const silence = effective === 'granted' ? 'granted' : 'denied';
    const ofSite = made.get(site) ?? new Map<PixelSettings['silence'], PixelScript>();
    made.set(site, ofSite);
    const known = ofSite.get(silence);
    if (known) return known;
    const settings = settingsOf(site, silence, sideOf(site));
    // In a string no `<` may open a tag, in case somebody puts the script into a page.
    const text = buildFor(site, settings, built).replace(room, () => JSON.stringify(settings).replaceAll('<', '\\u003c'));
    const script = {
      bytes: new TextEncoder().encode(text),
      gzip: gzipSync(text, { level: 9 }),
      etag: `W/"${sha256(text).slice(0, 20)}"`,
      isPrivate: policy === 'regional',
    };
    ofSite.set(silence, script);
    return script;
  };
}

function buildFor(site: Site, settings: PixelSettings, built: BuiltPixel): string {
  if (site.platform === 'shopify') return needsCoreAlone(site, settings) ? built.shopifyCore : built.shopify;
  return needsCoreAlone(site, settings) ? built.core : built.whole;
}

/** A shop that asks before it calls needs no consent tool read. */
function needsCoreAlone({ consent }: Site, { uet, idSync }: PixelSettings): boolean {
  return consent.policy === 'granted' && uet === undefined && idSync === undefined;
}

function settingsOf(site: Site, silence: PixelSettings['silence'], { words, customerId }: BrowserConfig): PixelSettings {
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
    ...(customerId !== undefined && { idSync: syncAddress(idSync, customerId) }),
  };
}

/** @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04) */
function syncAddress(idSync: string, customerId: string): string {
  const url = new URL(idSync);
  url.searchParams.set('Red3', `BACID_${customerId}`);
  return url.href;
}

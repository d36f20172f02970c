import { namesOf, urgentEventNames } from '../event/names.ts';
import type { PixelSettings } from '../event/pixel-settings.ts';
import type { Site } from '../event/site.ts';
import { clickParams, platformCookies } from '../identity/click-ids.ts';
import { sha256 } from '../identity/hash.ts';
import { judgeConsent } from './consent.ts';
import { readCountry } from './country.ts';

/** The pixel as one shopper gets it. */
export interface PixelScript {
  readonly text: string;
  readonly etag: string;
  /** The shopper's country is part of it, so no shared cache may keep it. */
  readonly isPrivate: boolean;
}

/** The pixel as it is built: whole, and without what reads consent tools. */
export interface BuiltPixel {
  readonly whole: string;
  readonly core: string;
}

/** Where the built pixel leaves room for its settings. */
const room = '__CONVEY_SETTINGS__';

/**
 * Writes each site's public settings into the built pixel.
 * @param tagEventNames what the site's UET tag calls each event.
 */
export function pixelScripts(built: BuiltPixel, tagEventNames: (site: Site) => Readonly<Record<string, string>>) {
  for (const script of [built.whole, built.core]) {
    if (script.split(room).length !== 2) throw new Error('The built pixel has not one place for its settings');
  }
  const made = new WeakMap<Site, Map<PixelSettings['silence'], PixelScript>>();
  return (site: Site, country: string | undefined): PixelScript => {
    const place = country === undefined ? undefined : readCountry(country);
    const { policy } = site.consent;
    const { effective } = judgeConsent(
      {},
      { policy, reporter: 'browser', gpc: false, ...(place !== undefined && { country: place }) },
    );
    const silence = effective === 'granted' ? 'granted' : 'denied';
    const ofSite = made.get(site) ?? new Map<PixelSettings['silence'], PixelScript>();
    made.set(site, ofSite);
    const known = ofSite.get(silence);
    if (known) return known;
    // In a string no `<` may open a tag, in case somebody puts the script into a page.
    const text = (asksNoTool(site) ? built.core : built.whole).replace(room, () =>
      JSON.stringify(settingsOf(site, silence, tagEventNames)).replaceAll('<', '\\u003c'),
    );
    const script = { text, etag: `W/"${sha256(text).slice(0, 20)}"`, isPrivate: policy === 'regional' };
    ofSite.set(silence, script);
    return script;
  };
}

/** A shop that asks before it calls, and runs no tag, needs no consent tool read. */
function asksNoTool({ consent, uet }: Site): boolean {
  return consent.policy === 'granted' && uet.mode === 'off';
}

function settingsOf(
  site: Site,
  silence: PixelSettings['silence'],
  tagEventNames: (site: Site) => Readonly<Record<string, string>>,
): PixelSettings {
  const { mode, tagId, script } = site.uet;
  return {
    writeKey: site.writeKey,
    silence,
    purchase: namesOf('Purchase'),
    urgent: urgentEventNames.flatMap(namesOf),
    cookies: platformCookies,
    clicks: clickParams,
    ...(mode !== 'off' && tagId !== undefined && { uet: { mode, tagId, script, eventNames: tagEventNames(site) } }),
  };
}

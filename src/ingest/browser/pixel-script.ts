import { gzipSync } from 'node:zlib';
import { type CapturePart, listCaptureParts } from '../../event/capture-parts.ts';
import { defaultCapture } from '../../event/capture-settings.ts';
import { type ConsentToolName, listConsentTools } from '../../event/consent-tool-names.ts';
import { listAliases, urgentEventNames } from '../../event/event-names.ts';
import { toPixelRules } from '../../event/page-rules.ts';
import type { PixelSettings, SiteTags } from '../../event/pixel-settings.ts';
import { readsConsentTools } from '../../event/reads-consent-tools.ts';
import { resolveDataLayer } from '../../event/resolve-data-layer.ts';
import { resolveLeads } from '../../event/resolve-leads.ts';
import type { Site } from '../../event/site.ts';
import { parseCountryCode } from '../../identity/country-code.ts';
import { sha256 } from '../../identity/hashing.ts';
import { clickIdParameters, platformCookies } from '../../visitors/click-ids.ts';
import { resolveConsent } from '../accept/effective-consent.ts';

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

/** The built parts of the pixel: the core is a script with placeholders, every other part is an expression of a function. */
export interface BuiltPixel {
  readonly core: string;
  /** A module of its own, which shows a session of the dashboard what the pixel does on the page. */
  readonly overlay: string;
  /** Loads the overlay in the tab of a session, before the pixel starts. */
  readonly overlayStub: string;
  /** Reads the page's consent tools. */
  readonly consentTools: string;
  /** Adds readers of consent tools to the part before. */
  readonly consentReader: string;
  /** The readers of the consent tools that a site's settings name, by the name of the tool. */
  readonly consentReaders: Readonly<Record<string, string>>;
  /** Writes the visitor into the cart of a Shopify shop. */
  readonly shopifyCart: string;
  /** The readers of a page beside the calls of `convey`, by the name of the part. */
  readonly captures: Readonly<Record<string, string>>;
  /** The drivers of browser tags, by destination id. */
  readonly drivers: Readonly<Record<string, string>>;
}

/** The placeholders in the core. */
const partsPlaceholder = '__CONVEY_PARTS__';
const settingsPlaceholder = '__CONVEY_SETTINGS__';
/** Matches the call with which the core starts. Its last argument is the script's element. */
const startCall = new RegExp(`[\\w$]+\\(${settingsPlaceholder},${partsPlaceholder},([\\w$]+)\\)`);

/**
 * Creates a function that assembles each site's pixel: the core, the parts that the site uses, and its public settings.
 * @param getTags returns the browser tags of a site's pages.
 * @param hasSession returns whether a session of the dashboard, or a token for one, is open for a site.
 */
export function createPixelScripts(
  built: BuiltPixel,
  getTags: (site: Site) => SiteTags,
  hasSession: (site: string) => boolean = () => false,
) {
  for (const placeholder of [partsPlaceholder, settingsPlaceholder]) {
    const { overlayStub, consentTools, consentReader, shopifyCart } = built;
    const lists = [built.consentReaders, built.captures, built.drivers].flatMap((each) => Object.values(each));
    const parts = [overlayStub, consentTools, consentReader, shopifyCart, ...lists];
    if (
      built.core.split(placeholder).length !== 2 ||
      !startCall.test(built.core) ||
      parts.some((part) => part.includes(placeholder))
    )
      throw new Error(`The built core must have ${placeholder} exactly once, and no other part may have it`);
  }
  const scripts = new WeakMap<Site, Map<string, PixelScript>>();
  return (site: Site, country: string | undefined): PixelScript => {
    const countryCode = country === undefined ? undefined : parseCountryCode(country);
    const { policy } = site.consent;
    const { effective } = resolveConsent(
      {},
      { policy, reporter: 'browser', gpc: false, ...(countryCode !== undefined && { country: countryCode }) },
    );
    const silence = effective === 'granted' ? 'granted' : 'denied';
    const overlay = hasSession(site.id);
    const siteScripts = scripts.get(site) ?? new Map<string, PixelScript>();
    scripts.set(site, siteScripts);
    const key = `${silence} ${overlay}`;
    const cached = siteScripts.get(key);
    if (cached) return cached;
    const text = assemblePixel(site, { silence, overlay }, getTags(site), built);
    const script = compressScript(text, policy === 'regional');
    siteScripts.set(key, script);
    return script;
  };
}

/** Compresses a script once for all its responses. */
export function compressScript(text: string, isPrivate = false): PixelScript {
  const etag = `W/"${sha256(text).slice(0, 20)}"`;
  return { bytes: new TextEncoder().encode(text), gzip: gzipSync(text, { level: 9 }), etag, isPrivate };
}

/** The parts of a site's pixel, in addition to the core. */
interface PartChoice {
  readonly consentTools: boolean;
  /** The tools that are read beside the common ones. Only together with `consentTools`. */
  readonly consentReaders?: readonly ConsentToolName[];
  readonly consentCategory?: string | undefined;
  readonly shopifyCart: boolean;
  readonly captures: readonly CapturePart[];
  /** Whether the overlay is loaded in the tab of a session. */
  readonly overlay?: boolean;
  /** Destination ids. */
  readonly drivers: readonly string[];
}

/** Inserts parts into the core. The placeholder for the settings stays. */
export function assembleParts(
  built: BuiltPixel,
  { consentTools, consentReaders = [], consentCategory, shopifyCart, captures, overlay = false, drivers }: PartChoice,
): string {
  const parts = [
    ...(consentTools ? [`consentTools:${assembleConsentTools(built, consentReaders, consentCategory)}`] : []),
    ...(shopifyCart ? [`shopifyCart:${built.shopifyCart}`] : []),
    `captures:[${[...(overlay ? ['overlay?.showOverlay'] : []), ...captures.map((part) => built.captures[part])]}]`,
    `drivers:[${drivers.map((id) => `[${JSON.stringify(id)},${built.drivers[id]}]`)}]`,
  ];
  // A second script of the site, which also waited for the overlay, must not start the pixel again.
  const waits = (start: string, script: string) => `(${built.overlayStub})(overlay=>window.convey?.isLive||${start},${script})`;
  return (overlay ? built.core.replace(startCall, waits) : built.core).replace(partsPlaceholder, () => `{${parts}}`);
}

function assembleConsentTools(built: BuiltPixel, names: readonly ConsentToolName[], category?: string): string {
  if (names.length === 0) return built.consentTools;
  const readers = names.map((name) => bindCategory(built.consentReaders[name] ?? '', category));
  return `(${built.consentReader})(${[built.consentTools, ...readers]})`;
}

function bindCategory(reader: string, category: string | undefined): string {
  // A text of the operator may look like a placeholder.
  return category === undefined ? reader : `((e,t)=>n=>e(n,t))(${reader},${formatJson(category).replaceAll('_', '\\u005f')})`;
}

function assemblePixel(
  site: Site,
  { silence, overlay }: Pick<PixelSettings, 'silence'> & Required<Pick<PartChoice, 'overlay'>>,
  { drivers, tcf }: SiteTags,
  built: BuiltPixel,
): string {
  const ids = Object.keys(drivers);
  const { consentTool, consentCategory } = site.capture ?? defaultCapture;
  const consentTools = readsConsentTools(site, ids.length);
  const dataLayer = resolveDataLayer(site);
  const { pages = [], links = [] } = site.capture ?? defaultCapture;
  const settings: PixelSettings = {
    writeKey: site.writeKey,
    silence,
    purchase: listAliases('Purchase'),
    urgent: urgentEventNames.flatMap(listAliases),
    cookies: platformCookies,
    clicks: clickIdParameters,
    ...(consentTools && { tcf }),
    ...(dataLayer && { dataLayer }),
    ...resolveLeads(site),
    ...(pages.length > 0 && { pages: toPixelRules(pages) }),
    ...(links.length > 0 && { links: links.map((domain) => ({ domain })) }),
    ...(ids.length > 0 && { tags: drivers }),
  };
  // The settings come last, because a text of the operator may look like a placeholder.
  const choice = {
    consentTools,
    consentReaders: listConsentTools(consentTool),
    consentCategory,
    shopifyCart: site.platform === 'shopify',
    captures: listCaptureParts(site.capture ?? defaultCapture),
    overlay,
    drivers: ids,
  };
  return assembleParts(built, choice).replace(settingsPlaceholder, () => formatJson(settings));
}

/** Returns JSON for a script. No `<` in a string may open a tag if a page contains the script inline. */
function formatJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

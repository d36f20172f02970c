import { gzipSync } from 'node:zlib';
import { type CapturePart, captureParts } from '../src/event/capture-parts.ts';
import { autoConsentTools, type ConsentToolName, consentToolNames } from '../src/event/consent-tool-names.ts';
import { readPixel } from '../src/gateway/built-assets.ts';
import { assembleParts, compressScript } from '../src/ingest/browser/pixel-script.ts';

/** The size of a part of the pixel, or of the script that a site with certain parts loads, both without the site's settings. */
interface PixelSize {
  readonly name: string;
  /** Compressed bytes. For a part: the bytes that it adds to the script. */
  readonly gzip: number;
  /** Maximum of `gzip`. */
  readonly limit?: number;
}

const limits = {
  core: 3_600,
  consentTools: 900,
  consentReader: 150,
  allConsentReaders: 700,
  shopifyCart: 1_024,
  microsoft: 2_600,
  otherDriver: 1_300,
  overlayStub: 120,
  overlay: 3_000,
};

const captures: Readonly<Record<CapturePart, { readonly name: string; readonly limit: number }>> = {
  'virtual-pages': { name: 'virtual pages', limit: 150 },
  'cross-domain': { name: 'links between domains', limit: 600 },
  forms: { name: 'forms', limit: 800 },
  'form-success': { name: 'success of forms', limit: 600 },
  'forms-preview': { name: 'preview of forms', limit: 750 },
  embeds: { name: 'forms of other services', limit: 350 },
  contact: { name: 'contacts', limit: 250 },
  'data-layer': { name: 'data layer', limit: 1_200 },
  'data-layer-preview': { name: 'preview of the data layer', limit: 700 },
};

/** Measures the built pixel: each part, and each script that a site may load. */
export function measurePixel(): readonly PixelSize[] {
  const built = readPixel();
  const ids = Object.keys(built.drivers);
  const measure = (consentTools: boolean, shopifyCart: boolean, drivers: readonly string[], ...parts: CapturePart[]) =>
    gzipSync(assembleParts(built, { consentTools, shopifyCart, captures: parts, drivers }), { level: 9 }).length;
  const measureReaders = (consentReaders: readonly ConsentToolName[]) =>
    gzipSync(assembleParts(built, { consentTools: true, consentReaders, shopifyCart: false, captures: [], drivers: [] }), {
      level: 9,
    }).length;
  const core = measure(false, false, []);
  const tools = measure(true, false, []);
  const readers = consentToolNames.map((name) => ({ name: `reader of ${name}`, gzip: measureReaders([name]) - tools }));
  const sets = [[], ...ids.map((id) => [id]), ...(ids.length > 1 ? [ids] : [])];
  const variants = [false, true].flatMap((shopifyCart) => [
    { name: describe(false, shopifyCart, []), gzip: measure(false, shopifyCart, []) },
    ...sets.map((drivers) => ({ name: describe(true, shopifyCart, drivers), gzip: measure(true, shopifyCart, drivers) })),
  ]);
  return [
    { name: 'core', gzip: core, limit: limits.core },
    { name: 'consent tools', gzip: tools - core, limit: limits.consentTools },
    {
      name: 'largest reader of a consent tool',
      gzip: Math.max(...readers.map(({ gzip }) => gzip)),
      limit: limits.consentReader,
    },
    { name: 'readers of consent tools, auto', gzip: measureReaders(autoConsentTools) - tools, limit: limits.allConsentReaders },
    { name: 'Shopify cart', gzip: measure(false, true, []) - core, limit: limits.shopifyCart },
    ...captureParts.map((part) => ({ ...captures[part], gzip: measure(true, false, [], part) - tools })),
    {
      name: 'start of the overlay',
      gzip:
        gzipSync(assembleParts(built, { consentTools: true, shopifyCart: false, captures: [], overlay: true, drivers: [] }), {
          level: 9,
        }).length - tools,
      limit: limits.overlayStub,
    },
    { name: 'overlay, a script of its own', gzip: compressScript(built.overlay).gzip.length, limit: limits.overlay },
    ...ids.map((id) => ({
      name: `driver of ${id}`,
      gzip: measure(true, false, [id]) - tools,
      limit: id === 'microsoft' ? limits.microsoft : limits.otherDriver,
    })),
    ...readers,
    ...variants,
  ];
}

function describe(consentTools: boolean, shopifyCart: boolean, drivers: readonly string[]): string {
  return ['pixel: core', ...(consentTools ? ['consent tools'] : []), ...(shopifyCart ? ['Shopify cart'] : []), ...drivers].join(
    ' + ',
  );
}

if (import.meta.main)
  for (const { name, gzip, limit } of measurePixel())
    console.log(`${name}: ${gzip} bytes compressed${limit === undefined ? '' : ` (at most ${limit})`}`);

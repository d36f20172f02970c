import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Pages, readPages } from '../api/auth/static-files.ts';
import type { CountryTable } from '../country/country-table.ts';
import { readEmbeddedTables } from '../country/embedded-tables.ts';
import { destinations } from '../destinations/destinations.ts';
import { ConveyError, errorMessage } from '../errors.ts';
import { captureParts } from '../event/capture-parts.ts';
import { consentToolNames } from '../event/consent-tool-names.ts';
import type { BuiltPixel } from '../ingest/browser/pixel-script.ts';

type Build = 'pixel' | 'dashboard' | 'reference' | 'country-tables';

/** Returns the folder of a browser build, in the repository and in the package. */
function builtFolder(name: Build): string {
  return fileURLToPath(new URL(`../../dist/${name}`, import.meta.url));
}

/** Reads a browser build. @throws ConveyError with the command that builds it. */
function readBuilt<T>(name: Build, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ConveyError(
      `The ${name.replace('-', ' ')} cannot be read: ${errorMessage(error)}`,
      `Build it with \`npm run build:${name}\``,
    );
  }
}

/** @throws ConveyError */
export function readPixel(): BuiltPixel {
  const read = (part: string) => readFileSync(join(builtFolder('pixel'), `${part}.js`), 'utf8');
  return readBuilt('pixel', () => ({
    core: read('core'),
    overlay: read('overlay'),
    overlayStub: read('overlay-stub'),
    consentTools: read('consent-tools'),
    consentReader: read('consent-reader'),
    consentReaders: Object.fromEntries(consentToolNames.map((name) => [name, read(`consent-readers/${name}`)])),
    shopifyCart: read('shopify-cart'),
    captures: Object.fromEntries(captureParts.map((part) => [part, read(part)])),
    drivers: Object.fromEntries(destinations.flatMap(({ id, tag }) => (tag ? [[id, read(`drivers/${id}`)]] : []))),
  }));
}

/** @throws ConveyError */
export function readEmbeddedCountryTables(): readonly CountryTable[] {
  return readBuilt('country-tables', () => readEmbeddedTables(builtFolder('country-tables')));
}

/** @throws ConveyError */
export function readReferencePage(): string {
  return readBuilt('reference', () => readFileSync(join(builtFolder('reference'), 'index.html'), 'utf8'));
}

/** @throws ConveyError */
export function readDashboard(): Pages {
  return readBuilt('dashboard', () => readPages(builtFolder('dashboard')));
}

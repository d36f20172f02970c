import { join } from 'node:path';
import { type CountryTable, createCountryLookup } from '../src/country/country-table.ts';
import { readEmbeddedTables } from '../src/country/embedded-tables.ts';
import { requiresConsent } from '../src/event/consent.ts';
import type { Disagreement } from '../src/event/country-disagreement.ts';
import { isPublicTarget } from '../src/net/ip-address.ts';

/** The number of addresses that are looked up. */
const addresses = 300_000;
/** Every measurement takes the same addresses, so that a test can repeat it. */
const seed = 20_261_203;

/** Creates random numbers below 2^32. @source https://en.wikipedia.org/wiki/Xorshift 2026-12-03 */
function createNumbers(first: number): () => number {
  let state = first;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Measures how often two tables put an address in different countries, in random public IPv4 addresses. */
export function measureDisagreement(tables: readonly CountryTable[]): Omit<Disagreement, 'measuredOn'> {
  const [first = () => undefined, second = () => undefined] = tables.map((table) => createCountryLookup([table]));
  const next = createNumbers(seed);
  const sum = { known: 0, differing: 0, agreed: 0, placed: 0 };
  const strict = [
    { inside: 0, elsewhere: 0 },
    { inside: 0, elsewhere: 0 },
  ];
  const isStrict = (country: string) => requiresConsent('regional', country);
  while (sum.placed < addresses) {
    const number = next();
    const address = [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
    if (!isPublicTarget(address)) continue;
    sum.placed += 1;
    const found = [first(address), second(address)] as const;
    if (found[0] !== undefined || found[1] !== undefined) sum.known += 1;
    const [one, other] = found;
    if (one === undefined || other === undefined) continue;
    if (one === other) sum.agreed += 1;
    else sum.differing += 1;
    for (const [index, count] of strict.entries()) {
      const [own, opposite] = index === 0 ? [one, other] : [other, one];
      if (!isStrict(own)) continue;
      count.inside += 1;
      if (!isStrict(opposite)) count.elsewhere += 1;
    }
  }
  const share = (part: number, whole: number) => Math.round((part / whole) * 1_000) / 1_000;
  return {
    addresses,
    differing: share(sum.differing, sum.differing + sum.agreed),
    unknown: share(sum.known - sum.agreed, sum.known),
    outsideEea: Math.max(...strict.map(({ inside, elsewhere }) => share(elsewhere, inside))),
  };
}

if (import.meta.main) {
  const tables = readEmbeddedTables(join(import.meta.dirname, '../dist/country-tables'));
  console.log(measureDisagreement(tables));
}

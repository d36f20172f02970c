import { Reader, type Response } from 'mmdb-lib';
import type { CountryLookup } from '../event/country-source.ts';
import type { UnixMs } from '../event/units.ts';
import { isPublicTarget } from '../net/ip-address.ts';
import { isObject } from '../net/parse-json.ts';

/** A table of countries by network, in the format MaxMind DB (`.mmdb`). Its bytes are in memory that threads share. */
export interface CountryTable {
  /** Its file's name, for people. */
  readonly name: string;
  readonly builtAt: UnixMs;
  readonly bytes: SharedArrayBuffer;
}

/** The reason why a file is no table of countries, and what to do. */
export interface TableProblem {
  readonly rule: string;
  readonly remedy: string;
}

const isNoTable: TableProblem = {
  rule: 'is no MaxMind DB file, or is cut off',
  remedy: 'Download it again, and unpack it: the name of the unpacked file ends in `.mmdb`',
};
const isDamaged: TableProblem = { rule: 'is damaged', remedy: 'Download it again' };
const hasNoCountries: TableProblem = {
  rule: 'has no countries of IPv4 addresses',
  remedy: 'Use a file with `country_code`, `country`, or `country.iso_code` for IPv4 and IPv6 addresses',
};

/** Bytes between the search tree of a file and its data. @source https://maxmind.github.io/MaxMind-DB/ 2026-12-03 */
const separatorBytes = 16;

/** Checks the bytes of a file, so that a lookup can rely on them. */
export function openCountryTable(name: string, bytes: SharedArrayBuffer): CountryTable | TableProblem {
  let reader: Reader<Response>;
  try {
    reader = new Reader<Response>(Buffer.from(bytes));
  } catch {
    return isNoTable;
  }
  const { buildEpoch, searchTreeSize, nodeCount, ipVersion } = reader.metadata;
  const builtAt = buildEpoch.getTime();
  const isWhole = Number.isSafeInteger(nodeCount) && searchTreeSize + separatorBytes < bytes.byteLength;
  if (!isWhole || !Number.isFinite(builtAt) || (ipVersion !== 4 && ipVersion !== 6)) return isDamaged;
  try {
    if (!sampleAddresses().some((address) => readCode(reader.get(address)) !== undefined)) return hasNoCountries;
  } catch {
    return isDamaged;
  }
  return { name, builtAt, bytes };
}

/** Returns an address of each part of the IPv4 internet. */
function sampleAddresses(): readonly string[] {
  return Array.from({ length: 223 * 16 }, (_, index) => `${(index >> 4) + 1}.${(index & 15) << 4}.0.1`);
}

/**
 * Creates a lookup by tables. A country is known only if every table has it: each alone is often wrong. An address that is not public has
 * none, although tables have entries such as `192.168.0.0/16`.
 * @param tables those of `openCountryTable`
 */
export function createCountryLookup(tables: readonly CountryTable[]): CountryLookup {
  const lookups = tables.map(createTableLookup);
  return (address) => {
    const [first, ...others] = lookups;
    const country = isPublicTarget(address) ? first?.(address) : undefined;
    return country !== undefined && others.every((lookUp) => lookUp(address) === country) ? country : undefined;
  };
}

function createTableLookup({ bytes }: CountryTable): CountryLookup {
  const reader = new Reader<Response>(Buffer.from(bytes));
  const hasIPv6 = reader.metadata.ipVersion === 6;
  return (address) => {
    // The reader would look for an IPv6 address in the tree of IPv4.
    if (!hasIPv6 && address.includes(':')) return undefined;
    try {
      return readCode(reader.get(address));
    } catch {
      // A file may be damaged where no sample was.
      return undefined;
    }
  };
}

/** Reads the code from an entry: a text, or as MaxMind's tables have it. */
function readCode(entry: unknown): string | undefined {
  if (!isObject(entry)) return undefined;
  const { country_code: plain, country } = entry;
  const code = plain ?? (isObject(country) ? country.iso_code : country);
  return typeof code === 'string' && /^[a-z]{2}$/i.test(code) ? code.toUpperCase() : undefined;
}

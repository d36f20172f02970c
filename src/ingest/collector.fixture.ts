import { consentToolNames } from '../event/consent-tool-names.ts';
import type { AppendResult, NewRecord } from '../storage/log/event-log.ts';
import type { CollectorDeps } from './collector.ts';
import { now, shop } from './site.fixture.ts';

/** Creates an event log in memory that records each call and recognises duplicates. */
export function createMemoryLog() {
  const calls: (readonly NewRecord[])[] = [];
  const stored: NewRecord[] = [];
  const keys = new Set<string>();
  return {
    calls,
    async append(records: readonly NewRecord[]): Promise<readonly AppendResult[]> {
      calls.push(records);
      return records.map((record) => {
        const key = `${record.partition}/${record.key}`;
        const known = keys.has(key);
        keys.add(key);
        if (!known) stored.push(record);
        return known ? { duplicate: true } : { offset: String(keys.size) };
      });
    },
    /** Returns the stored records without duplicates. */
    stored: () =>
      stored.map(({ partition, key, bytes }): { partition: string; key: string; body: unknown } => ({
        partition,
        key,
        body: JSON.parse(new TextDecoder().decode(bytes)),
      })),
    /** Returns the tallies of the stored records. */
    tallies: () => stored.flatMap(({ tally }) => tally ?? []),
  };
}

/** Each build begins with a different word, so that tests can distinguish them. */
export const builtPixel = {
  core: 'start(__CONVEY_SETTINGS__,__CONVEY_PARTS__,script);',
  overlay: 'export const overlay = 1;',
  overlayStub: 'wait',
  consentTools: 'readTools',
  consentReader: 'addReaders',
  consentReaders: Object.fromEntries(consentToolNames.map((name) => [name, `read_${name}`])),
  shopifyCart: 'writeCart',
  captures: { 'data-layer': '() => 1', 'data-layer-preview': '() => 2' },
  drivers: { microsoft: 'driveMicrosoft', other: 'driveOther' },
};

/** Creates the dependencies of a collector for the shop, without a proxy, with a clock that does not move. */
export function createCollectorDeps({ append }: Pick<ReturnType<typeof createMemoryLog>, 'append'>): CollectorDeps {
  let idCount = 0;
  return {
    sites: () => [shop],
    append,
    now: () => now,
    newId: () => `fresh-${++idCount}`,
    ready: () => ({ ok: true }),
    onPrivacyRequest: async () => 'done',
    proxies: { trustedProxies: [] },
    rates: {
      perAddress: { perSecond: 20, burst: 100 },
      reportsPerAddress: { perSecond: 20, burst: 1_000 },
      bytesPerAddress: { perSecond: 65_536, burst: 4_194_304 },
      perSecretKey: { perSecond: 500, burst: 2_000 },
      wrongKeys: { perSecond: 10, burst: 50 },
      unsignedWebhooks: { perSecond: 5, burst: 50 },
    },
    pixel: { ...builtPixel, path: '/p.js' },
    getSiteTags: () => ({ drivers: {}, tcf: { vendors: [], purposes: [] } }),
  };
}

/** Returns the connection info of a request that was not sent over a network. */
export function buildConnectionInfo(remoteAddress: string) {
  return { incoming: { socket: { remoteAddress, remotePort: 49_152, remoteFamily: 'IPv4' } } };
}

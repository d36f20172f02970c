import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isSha256, type Sha256 } from '../../event/event.ts';
import { hourMs, minuteMs } from '../../event/units.ts';
import { sha256 } from '../../identity/hashing.ts';
import { createLargeProfile, encodeEarlierProfile, storeEarlierProfile } from '../../identity/large-profile.fixture.ts';
import { maxProfileBytes } from '../../identity/profile-encoding.ts';
import { createLogger } from '../../logger.ts';
import type { Store } from '../../storage/store/store.ts';
import { maxResponseBytes, ProfilesTooLargeError, visitorsAtOnce } from '../../storage/store/visitor-profiles.ts';
import { type Bench, Engines, until } from '../delivery.fixture.ts';
import { loadEvents } from '../planning/load-events.ts';
import { loadProfiles } from './load-profiles.ts';

/** Returns the hash of an e-mail address that an event names a visitor by. */
function named(visitor: string, kind = 'email'): Sha256 {
  const hash = sha256(`${kind} of ${visitor}`);
  if (!isSha256(hash)) throw new Error('not a hash');
  return hash;
}

describe('very many profiles of maximum size', () => {
  let bench: Bench;
  let engines: Engines;
  beforeAll(async () => {
    engines = await Engines.open();
  });
  beforeEach(() => {
    bench = engines.bench(100);
  });
  afterEach(() => bench.dispose());
  afterAll(() => engines.close());

  const put = (count: number, prefix: string) => {
    const at = bench.clock.now() - hourMs;
    const visitors = Array.from({ length: count }, (_, index) => `${prefix}${index}`);
    const profiles = visitors.map((visitor) => {
      const keys = ['order', 'checkout'].map((kind) => `${kind}:${visitor}`);
      const hashes = (['email', 'phone', 'external-id'] as const).map((kind) => `${kind}:${named(visitor, kind)}`);
      const shopKeys = [`order:${visitor}`, ...hashes].map((key) => `shop/${key}`);
      return { visitor, text: encodeEarlierProfile(createLargeProfile(visitor, at)), keys: [...keys, ...hashes, ...shopKeys] };
    });
    storeEarlierProfile(join(engines.dir, 'state.db'), bench.site, profiles, at);
    return visitors;
  };

  /** Returns a store that records the maximum size of a read of profiles. */
  const watched = () => {
    const asked: number[] = [];
    const store: Store = {
      ...bench.store,
      async getProfiles(site, visitors) {
        const facts = await bench.store.getProfiles(site, visitors);
        asked.push(facts.size);
        return facts;
      },
    };
    return { store, asked };
  };

  it('are never in memory at once, whatever the events of one page name', async () => {
    const visitors = put(120, 'fat-');
    const at = (index: number) => visitors[index % visitors.length] ?? '';
    const events = Array.from({ length: 400 }, (_, index) => {
      const [order, email, phone, externalId] = [0, 30, 60, 90].map((shift) => at(index + shift));
      return bench.event(`e${index}`, {
        identity: {
          forms: { emailPlain: named(email ?? ''), phoneE164: named(phone ?? '', 'phone') },
          externalId: named(externalId ?? '', 'external-id'),
          clickIds: {},
        },
        commerce: { orderId: order ?? '' },
      });
    });
    const { store, asked } = watched();
    const { consumer } = bench.identity({ store });
    const offsets = await bench.append(...events);
    await until(() => consumer.cursor === offsets.at(-1));
    expect(asked.length).toBeGreaterThan(3);
    expect(Math.max(...asked) * maxProfileBytes).toBeLessThanOrEqual(maxResponseBytes);

    asked.length = 0;
    const found = await loadEvents(bench.log, store, bench.site, await bench.log.get(bench.site, offsets));
    expect(found.every(({ event, matchKeys: matchable }) => event?.identity.clickIds.msclkid && matchable)).toBe(true);
    expect(asked.length).toBeGreaterThanOrEqual(400 / 64);
    expect(Math.max(...asked)).toBeLessThanOrEqual(visitorsAtOnce);
    expect(Object.keys(found[0] ?? {})).not.toContain('known');
  });

  it('are read by halves of the page if they are too many, and the consumer goes on', async () => {
    const visitors = put(300, 'own-');
    const lines: string[] = [];
    const faults: unknown[] = [];
    const logger = createLogger('error', { write: (line) => void lines.push(line) });
    const offsets = await bench.append(
      ...visitors.map((anonymousId, index) => bench.event(`e${index}`, { identity: { forms: {}, clickIds: {}, anonymousId } })),
    );
    const steps: number[] = [];
    const { commitIdentity } = bench.store;
    const store: Store = {
      ...bench.store,
      commitIdentity: (lease, delta) => {
        if (delta.reports.length > 0) steps.push(delta.reports.length);
        return commitIdentity(lease, delta);
      },
    };
    const { consumer } = bench.identity({ store, logger, onFault: (error) => faults.push(error) });
    await until(() => consumer.cursor === offsets.at(-1));
    expect([faults, lines]).toEqual([[], []]);
    expect(steps.length).toBeGreaterThan(1);
    expect(steps.reduce((sum, count) => sum + count, 0)).toBe(300);
    expect((await bench.store.searchEvents(bench.site, { limit: 1_000 })).offsets).toHaveLength(300);
  });

  it('halve the page down to one record', async () => {
    const steps: number[] = [];
    const store: Store = {
      ...bench.store,
      getProfiles: (site, visitors) =>
        visitors.length > 1 ? Promise.reject(new ProfilesTooLargeError('too much')) : bench.store.getProfiles(site, visitors),
      commitIdentity: (lease, delta) => {
        if (delta.reports.length > 0) steps.push(delta.reports.length);
        return bench.store.commitIdentity(lease, delta);
      },
    };
    const offsets = await bench.append(
      ...Array.from({ length: 20 }, (_, index) =>
        bench.event(`e${index}`, { identity: { forms: {}, clickIds: {}, anonymousId: `v${index}` } }),
      ),
    );
    const { consumer } = bench.identity({ store });
    await until(() => consumer.cursor === offsets.at(-1));
    expect(steps).toEqual(Array.from({ length: 20 }, () => 1));
  });

  it('are loaded only for an event that lacks a key, for the two strongest links', async () => {
    const visitors = put(5, 'link-');
    const [own = '', byOrder = '', byCustomer = '', byEmail = '', byPhone = ''] = visitors;
    const event = {
      ...bench.event('e', { consent: { stated: 'granted', effective: 'granted' } }),
      reporters: ['browser'] as const,
      identity: {
        forms: { emailPlain: named(byEmail), phoneE164: named(byPhone, 'phone') },
        externalId: named(byCustomer, 'external-id'),
        clickIds: {},
        anonymousId: own,
      },
      commerce: { orderId: byOrder },
    };
    const [lacking] = await loadProfiles([event], bench.store, bench.site);
    expect(lacking?.linked.map(({ by, visitor }) => [by, visitor])).toEqual([
      ['order', byOrder],
      ['external-id', byCustomer],
    ]);
    const client = { ip: '203.0.113.42', userAgent: 'Mozilla/5.0' };
    const clickIds = { msclkid: { value: 'a'.repeat(32), at: event.time - minuteMs } };
    const { store, asked } = watched();
    const [whole] = await loadProfiles([{ ...event, client, identity: { ...event.identity, clickIds } }], store, bench.site);
    expect(whole?.linked).toEqual([]);
    expect(asked).toEqual([1]);
  });
});

import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { isSha256, type Sha256 } from '../../event/event.ts';
import { hourMs, minuteMs } from '../../event/units.ts';
import { sha256 } from '../../identity/hashing.ts';
import { createLogger } from '../../logger.ts';
import type { Store } from '../../storage/ports/store.ts';
import { maxResponseBytes, ProfilesTooLargeError, visitorsAtOnce } from '../../storage/ports/visitor-profiles.ts';
import { createLargeProfile, encodeEarlierProfile, storeEarlierProfile } from '../../visitors/large-profile.fixture.ts';
import { maxProfileBytes } from '../../visitors/profile-encoding.ts';
import { waitUntil } from '../delivery.fixture.ts';
import { loadEvents } from '../planning/load-events.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { loadProfiles } from './load-profiles.ts';

/** Returns the hash of an e-mail address that an event names a visitor by. */
function named(visitor: string, kind = 'email'): Sha256 {
  const hash = sha256(`${kind} of ${visitor}`);
  if (!isSha256(hash)) throw new Error('not a hash');
  return hash;
}

describe('very many profiles of maximum size', () => {
  let testSite: TestSite;
  const storage = useTestStorage();
  beforeEach(() => {
    testSite = storage.createSite(100);
  });

  const putProfiles = (count: number, prefix: string) => {
    const at = testSite.clock.now() - hourMs;
    const visitors = Array.from({ length: count }, (_, index) => `${prefix}${index}`);
    const profiles = visitors.map((visitor) => {
      const keys = ['order', 'checkout'].map((kind) => `${kind}:${visitor}`);
      const hashes = (['email', 'phone', 'external-id'] as const).map((kind) => `${kind}:${named(visitor, kind)}`);
      const shopKeys = [`order:${visitor}`, ...hashes].map((key) => `shop/${key}`);
      return { visitor, text: encodeEarlierProfile(createLargeProfile(visitor, at)), keys: [...keys, ...hashes, ...shopKeys] };
    });
    storeEarlierProfile(join(storage.dir, 'state.db'), testSite.site, profiles, at);
    return visitors;
  };

  /** Returns a store that records the maximum size of a read of profiles. */
  const watched = () => {
    const batchSizes: number[] = [];
    const store: Store = {
      ...testSite.store,
      async getProfiles(site, visitors) {
        const profiles = await testSite.store.getProfiles(site, visitors);
        batchSizes.push(profiles.size);
        return profiles;
      },
    };
    return { store, batchSizes };
  };

  it('are never in memory at once, whatever the events of one page name', async () => {
    const visitors = putProfiles(120, 'fat-');
    const at = (index: number) => visitors[index % visitors.length] ?? '';
    const events = Array.from({ length: 200 }, (_, index) => {
      const [order, email, phone, externalId] = [0, 30, 60, 90].map((shift) => at(index + shift));
      return testSite.event(`e${index}`, {
        identity: {
          forms: { emailPlain: named(email ?? ''), phoneE164: named(phone ?? '', 'phone') },
          externalId: named(externalId ?? '', 'external-id'),
          clickIds: {},
        },
        commerce: { orderId: order ?? '' },
      });
    });
    const { store, batchSizes } = watched();
    const { consumer } = testSite.identity({ store });
    const offsets = await testSite.append(...events);
    await waitUntil(() => consumer.cursor === offsets.at(-1));
    expect(batchSizes.length).toBeGreaterThan(3);
    expect(Math.max(...batchSizes) * maxProfileBytes).toBeLessThanOrEqual(maxResponseBytes);

    batchSizes.length = 0;
    const found = await loadEvents(testSite.log, store, testSite.site, await testSite.log.get(testSite.site, offsets));
    expect(found.every(({ event, missingReasons }) => event?.identity.clickIds.msclkid && missingReasons)).toBe(true);
    expect(batchSizes.length).toBeGreaterThanOrEqual(200 / 64);
    expect(Math.max(...batchSizes)).toBeLessThanOrEqual(visitorsAtOnce);
    expect(Object.keys(found[0] ?? {})).not.toContain('known');
  });

  it('are read by halves of the page if they are too many, and the consumer goes on', async () => {
    const visitors = putProfiles(300, 'own-');
    const lines: string[] = [];
    const faults: unknown[] = [];
    const logger = createLogger('error', { write: (line) => void lines.push(line) });
    const offsets = await testSite.append(
      ...visitors.map((anonymousId, index) =>
        testSite.event(`e${index}`, { identity: { forms: {}, clickIds: {}, anonymousId } }),
      ),
    );
    const steps: number[] = [];
    const { commitIdentity } = testSite.store;
    const store: Store = {
      ...testSite.store,
      commitIdentity: (lease, delta) => {
        if (delta.reports.length > 0) steps.push(delta.reports.length);
        return commitIdentity(lease, delta);
      },
    };
    const { consumer } = testSite.identity({ store, logger, onFault: (error) => faults.push(error) });
    await waitUntil(() => consumer.cursor === offsets.at(-1));
    expect([faults, lines]).toEqual([[], []]);
    expect(steps.length).toBeGreaterThan(1);
    expect(steps.reduce((sum, count) => sum + count, 0)).toBe(300);
    expect((await testSite.store.searchEvents(testSite.site, { limit: 1_000 })).offsets).toHaveLength(300);
  });

  it('halve the page down to one record', async () => {
    const steps: number[] = [];
    const store: Store = {
      ...testSite.store,
      getProfiles: (site, visitors) =>
        visitors.length > 1 ? Promise.reject(new ProfilesTooLargeError('too much')) : testSite.store.getProfiles(site, visitors),
      commitIdentity: (lease, delta) => {
        if (delta.reports.length > 0) steps.push(delta.reports.length);
        return testSite.store.commitIdentity(lease, delta);
      },
    };
    const offsets = await testSite.append(
      ...Array.from({ length: 20 }, (_, index) =>
        testSite.event(`e${index}`, { identity: { forms: {}, clickIds: {}, anonymousId: `v${index}` } }),
      ),
    );
    const { consumer } = testSite.identity({ store });
    await waitUntil(() => consumer.cursor === offsets.at(-1));
    expect(steps).toEqual(Array.from({ length: 20 }, () => 1));
  });

  it('are loaded only for an event that lacks a key, for the two strongest links', async () => {
    const visitors = putProfiles(5, 'link-');
    const [own = '', byOrder = '', byCustomer = '', byEmail = '', byPhone = ''] = visitors;
    const event = {
      ...testSite.event('e', { consent: { stated: 'granted', effective: 'granted' } }),
      reporters: ['browser'] as const,
      identity: {
        forms: { emailPlain: named(byEmail), phoneE164: named(byPhone, 'phone') },
        externalId: named(byCustomer, 'external-id'),
        clickIds: {},
        anonymousId: own,
      },
      commerce: { orderId: byOrder },
    };
    const [lacking] = await loadProfiles([event], testSite.store, testSite.site);
    expect(lacking?.linked.map(({ by, visitor }) => [by, visitor])).toEqual([
      ['order', byOrder],
      ['external-id', byCustomer],
    ]);
    const client = { ip: '203.0.113.42', userAgent: 'Mozilla/5.0' };
    const clickIds = { msclkid: { value: 'a'.repeat(32), at: event.time - minuteMs } };
    // Linked visitors may have the click ids and browser ids of other platforms.
    const full = { ...event, client, identity: { ...event.identity, clickIds } };
    const [found] = await loadProfiles([full], testSite.store, testSite.site);
    expect(found?.linked).toEqual(lacking?.linked);
    const { store, batchSizes } = watched();
    const [denied] = await loadProfiles([{ ...full, consent: { stated: 'denied', effective: 'denied' } }], store, testSite.site);
    expect(denied?.linked).toEqual([]);
    expect(batchSizes).toEqual([1]);
  });
});

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createSha256, silentLogger } from '../delivery/delivery.fixture.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { startDelivery } from '../delivery/start-delivery.ts';
import type { TestSite, TestStorage } from '../delivery/test-site.fixture.ts';
import { mapTo, ScriptedSender, tinyPlatform } from '../delivery/tiny-platform.fixture.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { Event } from '../event/event.ts';
import { parseEventKey } from '../event/event-key.ts';
import type { Site } from '../event/site.ts';
import { MaintenanceLock } from '../storage/maintenance-lock.ts';
import { type ExportFiles, openExportFiles } from './export-files.ts';
import { createPrivacyRequests, type PrivacyRequestDeps, type PrivacyRequestRunner } from './privacy-requests.ts';

/** A platform that accepts everything and receives the e-mail hash. */
export const emailPlatform: BoundDestination = {
  ...tinyPlatform,
  map: ({ id, properties, identity: { forms, anonymousId } }) =>
    properties.reject === true
      ? { reject: [{ field: 'id', code: 'refused', message: 'Use another one.' }] }
      : mapTo({ id, em: forms.emailMicrosoft ?? null, visitor: anonymousId ?? null }),
};

export const jane = {
  forms: { emailMicrosoft: createSha256('1'), emailPlain: createSha256('2') },
  externalId: createSha256('3'),
};
export const bob = { forms: { emailMicrosoft: createSha256('a'), emailPlain: createSha256('b') } };

/** A site with its delivery and privacy requests, on real adapters. */
export class PrivacyScenario {
  readonly sender = new ScriptedSender();
  readonly site: Site;
  readonly testSite: TestSite;
  readonly #folder: string;
  #exports: ExportFiles | undefined;
  #delivery: Delivery | undefined;

  constructor(storage: TestStorage, factor = 100) {
    this.testSite = storage.createSite(factor);
    this.#folder = join(storage.dir, `exports-${this.testSite.site}`);
    const connection = { id: 'bing', destination: 'tiny', enabled: true, settings: {} };
    this.site = {
      id: this.testSite.site,
      name: 'Shop',
      domains: ['shop.example'],
      platform: 'custom',
      writeKey: 'wk_test_0123',
      secretKeyHashes: [],
      consent: { policy: 'granted' },
      defaultCountry: 'US',
      timeZone: 'UTC',
      bots: 'drop',
      tags: {},
      purchaseHoldSeconds: 0,
      purchases: 'as-reported',
      webhooks: { secrets: [], purchaseOn: 'create' },
      accuracy: { alertUnder: 0.9 },
      connections: [connection],
    };
  }

  get delivery(): Delivery {
    if (!this.#delivery) throw new Error('the scene has not started');
    return this.#delivery;
  }

  get exports(): ExportFiles {
    if (!this.#exports) throw new Error('the scene has not started');
    return this.#exports;
  }

  async start({
    enabled = true,
    platform = emailPlatform,
  }: {
    readonly enabled?: boolean;
    readonly platform?: BoundDestination;
  } = {}): Promise<void> {
    const { log, store, clock } = this.testSite;
    this.#exports = await openExportFiles(this.#folder);
    this.#delivery = await startDelivery({
      sites: [{ ...this.site, connections: this.site.connections.map((one) => ({ ...one, enabled })) }],
      listConnections: () => this.site.connections.map(({ id }) => id),
      bindDestination: () => platform,
      log,
      store,
      sender: this.sender,
      clock,
      random: () => 0.5,
      newId: randomUUID,
      owner: 'one',
      logger: silentLogger,
    });
  }

  createRequests(more: Partial<PrivacyRequestDeps> = {}): PrivacyRequestRunner {
    const { log, store, clock } = this.testSite;
    const { runQuiesced } = this.delivery;
    return createPrivacyRequests({
      maintenanceLock: new MaintenanceLock(),
      onErased: async () => {},
      exports: this.exports,
      log,
      store,
      getPlatform: () => emailPlatform,
      getConnections: () => this.site.connections,
      now: () => clock.now(),
      runQuiesced,
      logger: silentLogger,
      ...more,
    });
  }

  async append(...events: readonly Event[]): Promise<string[]> {
    const offsets = await this.testSite.append(...events);
    this.delivery.wake(this.site.id);
    return offsets;
  }

  /** Returns the ids of the events whose bodies the log still has. */
  async getRemainingIds(): Promise<string[]> {
    const { records } = await this.testSite.log.latest(this.site.id, 1_000);
    return records.flatMap(({ key, body }) => ('redacted' in body ? [] : [parseEventKey(key).id]));
  }

  async stop(): Promise<void> {
    await this.#delivery?.stop(5_000);
  }
}

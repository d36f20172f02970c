import fc from 'fast-check';
import { reportSources } from '../../../event/event.ts';
import { hourMs } from '../../../event/units.ts';
import { type ConsumerId, formatConsumerId, identityConsumerId } from '../../ports/consumer-id.ts';
import type { DeliveryCommit, IdentityCommit, Lease } from '../../ports/consumers.ts';
import { toReportedOrder } from '../../ports/money.ts';
import type { DeliveredOrder } from '../../ports/order-ledger.ts';
import {
  createDeferred,
  createState,
  deadLetter,
  indexEntry,
  openAttempt,
  outcome,
  report,
  start,
} from '../../ports/store.fixture.ts';
import type { Store } from '../../ports/store.ts';
import type { NewUpload } from '../../ports/uploads.ts';

const ids = ['a', 'b', 'c'] as const;
const anyReport = fc.record({
  id: fc.constantFrom(...ids),
  name: fc.constantFrom('Purchase', 'Purchase', 'Lead'),
  reporter: fc.constantFrom(...reportSources),
  keptMs: fc.constantFrom(-3, 3, 1_000),
  isGranted: fc.boolean(),
  isAdded: fc.nat(7).map((one) => one === 0),
  consent: fc.constantFrom('granted' as const, 'denied' as const, 'unknown' as const),
  order: fc.option(
    fc.constantFrom([10, 'EUR'] as const, [20, 'EUR'] as const, [5.5, 'USD'] as const, [undefined, undefined] as const),
  ),
  isTest: fc.nat(9).map((one) => one === 0),
  refund: fc.option(fc.constantFrom(1_000, 2_000), { freq: 2 }),
});
/** A recent report, by its distance from the last one. */
const anyBack = fc.nat(8);
const anyIdentityStep = fc.record({
  kind: fc.constant('identify' as const),
  reports: fc.array(anyReport, { minLength: 1, maxLength: 6 }),
  isRepeated: fc.boolean(),
  passedMs: fc.nat(4),
});
const anyDeliveryStep = fc.record({
  kind: fc.constant('deliver' as const),
  holds: fc.array(fc.record({ back: anyBack, known: fc.option(fc.nat(2)), isTrusted: fc.boolean() }), { maxLength: 3 }),
  removed: fc.array(anyBack, { maxLength: 2 }),
  ended: fc.array(
    fc.record({
      back: anyBack,
      outcome: fc.constantFrom('delivered' as const, 'bot' as const, 'dead' as const, 'awaiting-verdict' as const),
    }),
    {
      maxLength: 3,
    },
  ),
  range: fc.option(fc.tuple(anyBack, anyBack)),
});
const anyRemovalStep = fc.record({
  kind: fc.constantFrom(
    'release' as const,
    'remove-primaries' as const,
    'erase' as const,
    'erase-alone' as const,
    'retire' as const,
  ),
  back: anyBack,
});
const anyExpiryStep = fc.record({ kind: fc.constant('expire' as const), back: fc.integer({ min: 4, max: 8 }) });

/** Steps that lead to equal answers in every store. */
export const anySteps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: anyIdentityStep },
    { weight: 4, arbitrary: anyDeliveryStep },
    { weight: 3, arbitrary: anyRemovalStep },
    { weight: 1, arbitrary: anyExpiryStep },
  ),
  { minLength: 1, maxLength: 12 },
);
type Step = typeof anySteps extends fc.Arbitrary<readonly (infer One)[]> ? One : never;

/** One site of a store, which follows the steps. */
export class SteppedSite {
  readonly #store: Store;
  readonly #site: string;
  #last = 0;
  #now = start;
  #attempts = 0;

  constructor(store: Store, site: string) {
    this.#store = store;
    this.#site = site;
  }

  /** Returns the same site of another store that has the same data. */
  moveTo(store: Store): SteppedSite {
    const moved = new SteppedSite(store, this.#site);
    [moved.#last, moved.#now, moved.#attempts] = [this.#last, this.#now, this.#attempts];
    return moved;
  }

  /** Takes a step, and returns everything that a reader of the store sees then. */
  async take(step: Step): Promise<unknown> {
    const answer = await this.#run(step);
    return { answer: answer ?? null, ...(await this.#read()) };
  }

  async #run(step: Step): Promise<unknown> {
    const [store, site] = [this.#store, this.#site];
    switch (step.kind) {
      case 'identify': {
        this.#now += step.passedMs;
        const commit = this.#toCommit(step.reports);
        const lease = await this.#acquire(identityConsumerId(site));
        for (let times = step.isRepeated ? 2 : 1; times > 0; times -= 1) await store.commitIdentity(lease, commit);
        return;
      }
      case 'deliver':
        return store.commitDelivery(await this.#acquire(this.#consumer), this.#toDelivery(step));
      case 'release':
        return store.releasePurchases(site, '', formatOffset(this.#last));
      case 'remove-primaries':
        return store.removeExpiredPrimaries(site, '', this.#at(step.back), this.#now);
      case 'erase':
        return store.beginErasure({ site, offsets: [this.#at(step.back)], visitors: [], now: this.#now });
      case 'erase-alone': {
        const offset = this.#at(step.back);
        return store.beginErasure({ site, offsets: [offset], reportsAlone: new Set([offset]), visitors: [], now: this.#now });
      }
      case 'retire':
        await store.retireConnection(site, 'one', this.#now);
        return store.commitDelivery(await this.#acquire(this.#consumer), { state: createState('') });
      case 'expire': {
        const bounds = {
          profilesBefore: 0,
          deadLettersBefore: 0,
          countsBefore: 0,
          rollUpBefore: start + hourMs,
          purchasesBefore: start * 2,
        };
        return store.removeExpired(site, { ...bounds, through: this.#at(step.back) }, 1_000);
      }
    }
  }

  async #read() {
    const [store, site, consumer] = [this.#store, this.#site, this.#consumer];
    const last = formatOffset(this.#last);
    const offsets = Array.from({ length: this.#last }, (_, index) => formatOffset(index + 1));
    const search = (any: readonly ('delivered' | 'bot' | 'dead' | 'duplicate' | 'undelivered')[]) =>
      store.searchEvents(site, { limit: 100, outcomes: { consumers: [consumer], any } });
    const records = offsets.flatMap((offset) => ids.map((id) => ({ offset, name: 'Purchase', id })));
    const { connections, ...counts } = await store.getEventCounts(site, [consumer], 0, start * 2, start * 3);
    return {
      counts,
      connection: connections.get(consumer),
      totals: await store.countByOutcome(consumer),
      allTotals: [...(await store.countAllByOutcome())].sort(),
      unsent: await store.getUnsent(site, consumer),
      money: await this.#readMoney(),
      duplicates: [...(await store.findDuplicates(site, '', last))].sort(),
      primaries: await Promise.all(ids.map((id) => store.findEvents(site, id))),
      reporters: await store.getPurchaseReporters(site, start),
      deferred: await store.getDeferredDeliveries(consumer, offsets),
      due: await store.findDueDeliveries(consumer, this.#now, 100),
      outcomes: [...(await store.getOutcomes(consumer, offsets))].sort(),
      letters: await store.listDeadLetters(consumer, 100),
      letterGroups: await store.groupDeadLetters(consumer, 100),
      errors: await store.getDeliveryErrors(consumer, 0, start * 2, start),
      ruleCounts: await store.getRuleCounts([consumer], 0, start * 2),
      ranges: await store.listExpiredRanges(consumer),
      events: await store.searchEvents(site, { limit: 100 }),
      found: await Promise.all([search(['delivered']), search(['bot', 'dead']), search(['undelivered', 'duplicate'])]),
      purchases: await store.listPurchases(site, '', last, 100),
      trusted: await store.findTrustedReports(site, '', last, 3),
      browser: await store.countBrowserPurchases(site, '', 100),
      groups: (await store.getEventGroups(site, 0, 100)).map((group) => JSON.stringify(group)).sort(),
      orders: await store.findOwnedOrders(site, { hashes: [], visitors: ['visitor'], orderIds: offsets }),
      uploads: await store.findOwnedUploads(site, { hashes: [], visitors: ['visitor'], orderIds: offsets }),
      uploadState: await store.getUploadState(consumer),
      refunds: await store.listRefunds(site, ids),
      orderEvents: await store.findOrderEvents(site, offsets),
      absent: [...(await store.getAbsentReasons(site, offsets))].sort(),
      erased: [...(await store.findErasedRecords(site, records, this.#now))].sort(),
      attempts: (await store.listSiteAttempts(site, 0, 100)).attempts,
    };
  }

  async #readMoney() {
    const { connections, ...money } = await this.#store.getMoneyCounts(this.#site, [this.#consumer], 0, start * 2, start * 3);
    return {
      ...money,
      connection: connections.get(this.#consumer),
      unsent: await this.#store.getUnsentMoney(this.#site, this.#consumer),
      since: await this.#store.getCountedSince(this.#site),
    };
  }

  get #consumer(): ConsumerId {
    return formatConsumerId(this.#site, 'one');
  }

  async #acquire(consumer: ConsumerId): Promise<Lease> {
    const lease = await this.#store.acquireLease(consumer, 'one', 30_000);
    if (!lease) throw new Error('another owner has the lease');
    return lease;
  }

  #at(back: number): string {
    return formatOffset(Math.max(1, this.#last - back));
  }

  #toCommit(given: (Step & { kind: 'identify' })['reports']): IdentityCommit {
    const reports = given.map(({ id, name, reporter, keptMs, isGranted, isAdded, order, isTest, refund }) => {
      this.#last += 1;
      const isOrder = name === 'Purchase' && order !== null;
      const more = {
        ...(isGranted && { isGranted }),
        ...(isAdded && { addedFor: 'one' }),
        ...(refund !== null && {
          refund: { orderId: id, refundId: `refund-${id}`, at: this.#now, thousandths: refund, currency: 'EUR' },
        }),
        ...(isOrder && { order: toReportedOrder(order[0], order[1], isTest) }),
      };
      return report(formatOffset(this.#last), reporter, { id, name, at: this.#now, keepUntil: this.#now + keptMs, ...more });
    });
    const index = reports.map(({ offset, id, name, reporter, at }, place) => {
      const stated = given[place]?.consent ?? 'unknown';
      const consent = { stated, effective: stated === 'unknown' ? 'granted' : stated };
      return indexEntry(offset, { id, name, reporter, receivedAt: at, time: at, consent, keys: ['visitor'], orderId: offset });
    });
    return { site: this.#site, cursor: formatOffset(this.#last), reports, index, now: this.#now };
  }

  #toDelivery({ holds, removed, ended, range }: Step & { kind: 'deliver' }): DeliveryCommit {
    this.#attempts += 1;
    const id = `${this.#site}-${this.#attempts}`;
    const offsets = ended.map(({ back }) => this.#at(back));
    return {
      state: createState(this.#at(4)),
      ...(offsets.length > 0 && {
        open: openAttempt(id, offsets),
        settle: { id: `${this.#site}-${this.#attempts - 1}`, at: this.#now, result: 'delivered', issues: [] },
      }),
      removeDeferred: removed.map((back) => this.#at(back)),
      putDeferred: holds.map(({ back, known, isTrusted }) =>
        createDeferred(this.#at(back), {
          reason: 'hold',
          dueAt: this.#now + 9,
          ...(known !== null && { knownDuplicates: known }),
          ...(isTrusted && { isTrusted }),
        }),
      ),
      deadLetters: ended.flatMap((one) => (one.outcome === 'dead' ? [deadLetter(this.#at(one.back))] : [])),
      outcomes: ended.map((one) => outcome(this.#at(one.back), one.outcome)),
      counts: ended.map((one) => ({ bucket: start, outcome: one.outcome, events: 1 })),
      purchases: [
        ...ended.map((one) => ({ offset: this.#at(one.back), outcome: one.outcome })),
        ...holds.map(({ back }) => ({ offset: this.#at(back), outcome: 'waiting' as const })),
      ],
      deliveredOrders: ended.map(({ back, outcome: settled }) => this.#toOrder(this.#at(back), settled === 'delivered')),
      restatedOrders: ended.map(({ back }) => ({ orderId: `${Number(this.#at(back)) % 3}`, offset: this.#at(back), left: back })),
      putUploads: ended.map(({ back }) => this.#toUpload(this.#at(back))),
      uploadResults: ended.map(({ back }) => ({
        ...{ kind: 'online-adjustment', key: `${back % 3}`, state: 'uploaded', tries: back, dueAt: back, triedAt: this.#now },
      })),
      ...(range && { uploadState: this.#at(range[0]) }),
      errors: ended.map((one) => ({ bucket: start, code: one.outcome, name: 'Purchase', events: one.back })),
      ruleCounts: ended.map((one) => ({ bucket: start, rule: one.outcome, events: 1 })),
      ...(range && {
        expired: { after: this.#at(range[0]), lastOffset: this.#at(range[1]), events: 1, at: this.#now + this.#attempts },
      }),
    };
  }

  #toUpload(offset: string): NewUpload {
    const orderId = `${Number(offset) % 3}`;
    const more = { at: this.#now, content: offset, dueAt: this.#now, person: { forms: {}, anonymousId: 'visitor' } };
    return { kind: 'online-adjustment', key: orderId, orderId, offset, ...more };
  }

  #toOrder(offset: string, isTrusted: boolean): DeliveredOrder {
    const purchase = { eventId: offset, eventName: 'Purchase', time: this.#now, forms: {}, anonymousId: 'visitor', clickIds: {} };
    return { orderId: `${Number(offset) % 3}`, offset, isTrusted, purchase };
  }
}

function formatOffset(seq: number): string {
  return String(seq).padStart(16, '0');
}

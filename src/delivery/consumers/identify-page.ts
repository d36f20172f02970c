import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../clock/clock.ts';
import { pendingConsentMs } from '../../event/consent.ts';
import { isTrusted } from '../../event/event.ts';
import { isSignalName } from '../../event/event-names.ts';
import type { EventLog, LogRecord, NewRecord, Offset } from '../../storage/log/event-log.ts';
import type { IdentityCommit } from '../../storage/ports/consumers.ts';
import type { IdentityStore } from '../../storage/ports/store.ts';
import { ProfilesTooLargeError, visitorsAtOnce } from '../../storage/ports/visitor-profiles.ts';
import type { IdentityLink } from '../../visitors/identity-links.ts';
import { dropExpired } from '../../visitors/profile-expiry.ts';
import type { VisitorProfile } from '../../visitors/visitor-profile.ts';
import { loadPaymentFacts } from '../planning/payment-facts.ts';
import { getWaitStart } from '../planning/wait-start.ts';
import { buildIndexEntries } from '../profiles/index-entries.ts';
import { iterateSlices } from '../profiles/iterate-slices.ts';
import type { BudgetLogger, ProfileBudget } from '../profiles/profile-budget.ts';
import {
  extractProfileUpdates,
  findDeniedVisitors,
  isCheckoutConsentDenied,
  listProfileSubjects,
} from '../profiles/profile-updates.ts';
import { applyFacts, readPayments, toSaleRecord } from './read-payments.ts';
import {
  isBrowserPurchaseReport,
  isUndecided,
  keepBriefly,
  parseReports,
  readOrder,
  readRefund,
  toReceivedReport,
} from './read-reports.ts';

/** The log lines of identification: on a thread of its own they have no library. */
export interface IdentityLogger extends BudgetLogger {
  debug(fields: object, event: string): void;
}

/** The reads and the redaction of the event log that identification needs. */
export type IdentityLog = Pick<EventLog, 'read' | 'get' | 'findOffsetAt' | 'redact' | 'isFedBySpools'> & {
  /** Resolves when the records are durable. */
  append(records: readonly NewRecord[]): Promise<unknown>;
};

export interface IdentifyDeps {
  readonly site: string;
  readonly log: IdentityLog;
  readonly store: IdentityStore;
  readonly clock: Clock;
  readonly logger: IdentityLogger;
  readonly budget: ProfileBudget;
}

/** Number of visitors per query for checkouts. */
const deniedVisitorsAtOnce = 32;
/** Maximum number of checkouts that one page may change. */
const maxCheckouts = 8_192;

/**
 * Prepares the commit of a page: its reports without duplicates, profiles, links and entries of the index. Redacts the records of erased visitors,
 * and appends the sales that payment systems stated in parts.
 * @throws ProfilesTooLargeError unless the page is a single record
 */
export async function identifyPage(
  records: readonly LogRecord[],
  cursor: Offset,
  { site, log, store, clock, logger, budget }: IdentifyDeps,
): Promise<IdentityCommit> {
  const now = clock.now();
  const received = records.map(toReceivedReport);
  const isOver = await budget.findOverBudget(received.filter(isBrowserPurchaseReport));
  const events = received
    .filter(({ name }) => !isSignalName(name))
    .map((one) => (isBrowserPurchaseReport(one) && isOver(one) ? keepBriefly(one) : one));
  const erased = await store.findErasedRecords(site, received, now);
  const late = records.filter(({ offset, body }) => erased.has(offset) && !('redacted' in body)).map(({ offset }) => offset);
  const left = records.filter(({ offset }) => !erased.has(offset));
  await nextTurn();
  const parsed = await parseReports(left);
  const bodies = parsed.map(({ event }) => event);
  const stored = await loadPaymentFacts(bodies, store, site);
  const payments = readPayments(bodies, stored);
  const shown = applyFacts(bodies, stored, payments.facts);
  const all = parsed.map((report, index) => ({ ...report, event: shown[index] ?? report.event }));
  // An event that a rule added repeats what the profiles know already.
  const reports = all.filter(({ event }) => !event.addedBy);
  const isOneRecord = records.length === 1;
  const linked = await loadCheckoutLinks(findDeniedVisitors(reports), isOneRecord, site, store);
  const known = await loadProfiles(listProfileSubjects(reports, linked), isOneRecord, site, store);
  await nextTurn();
  // Redacts before the commit, so that a crash in between repeats the redaction.
  if (late.length > 0) await log.redact(site, late);
  for (const { offset, id, name } of events)
    if (late.includes(offset)) logger.debug({ event: id, name }, 'event erased on receipt');
  const granting = new Set(
    reports.filter(({ event }) => isTrusted(event) && event.consent.stated === 'granted').map(({ offset }) => offset),
  );
  const undecided = new Set(reports.filter(({ event }) => isUndecided(event)).map(({ offset }) => offset));
  const orders = new Map(reports.flatMap(({ offset, event }) => (event.name === 'Purchase' ? [[offset, readOrder(event)]] : [])));
  const refunds = new Map(reports.map(({ offset, event }) => [offset, readRefund(event)]));
  const seen = events.map((one) => {
    const [order, refund] = [orders.get(one.offset), refunds.get(one.offset)];
    const isGranted = granting.has(one.offset) && { isGranted: true as const };
    const hasNoChoice = undecided.has(one.offset) && { isUndecided: true as const };
    return { ...one, ...isGranted, ...hasNoChoice, ...(order && { order }), ...(refund && { refund }) };
  });
  // Appended before the commit, so that a crash in between appends the same records again, which changes nothing.
  if (payments.sales.length > 0) await log.append(payments.sales.map(toSaleRecord));
  const updates = extractProfileUpdates(reports, known, linked);
  await nextTurn();
  const pending = reports.flatMap(({ offset, at, event }) => {
    // After a denial in the checkout, a later report of the order may still contain a newer grant.
    const isDenied = isCheckoutConsentDenied(event, (subject) => updates.profiles.get(subject) ?? known.get(subject));
    const waits = isDenied || event.consent.effective === 'pending';
    return waits ? [{ offset, until: getWaitStart(event.receivedAt, at, now, log.isFedBySpools) + pendingConsentMs }] : [];
  });
  const changed = [...updates.profiles].map(([visitor, profile]) => ({ visitor, facts: dropExpired(profile, now) }));
  const deniedAt = new Map(changed.flatMap(({ visitor, facts: { deniedAt: at } }) => (at === undefined ? [] : [[visitor, at]])));
  const fresh = updates.links.filter(({ visitor, at }) => at > (deniedAt.get(visitor) ?? Number.NEGATIVE_INFINITY));
  const { facts, links, ...used } = await budget.admit({ facts: changed, links: fresh }, reports, known, records, now);
  const unlink = [...deniedAt].map(([visitor, through]) => ({ visitor, through }));
  const admitted = { profiles: new Map(facts.map((one) => [one.visitor, one.facts])), links };
  const { places, networkPurchases } = await budget.placePurchases(all, now);
  const index = (await buildIndexEntries(left, all, admitted, store, site)).map((entry) => {
    const networkPlace = places.get(entry.offset);
    return networkPlace === undefined ? entry : { ...entry, networkPlace };
  });
  const absent = late.map((offset) => ({ offset, reason: 'erased' }) as const);
  await nextTurn();
  return {
    site,
    cursor,
    reports: seen,
    pending,
    profiles: facts.map(({ visitor, facts: profile }) => ({ visitor, profile })),
    links,
    ...used,
    networkPurchases,
    unlink,
    index,
    absent,
    paymentFacts: payments.facts,
    now,
  };
}

/** @throws ProfilesTooLargeError unless the page is a single record */
async function loadProfiles(
  visitors: readonly string[],
  isOneRecord: boolean,
  site: string,
  store: IdentityStore,
): Promise<ReadonlyMap<string, VisitorProfile>> {
  if (!isOneRecord) return store.getProfiles(site, visitors);
  const known = new Map<string, VisitorProfile>();
  for await (const some of iterateSlices(visitors, visitorsAtOnce))
    for (const [visitor, profile] of await store.getProfiles(site, some)) known.set(visitor, profile);
  return known;
}

/** @throws ProfilesTooLargeError if the page would change too many checkouts, unless it is a single record */
async function loadCheckoutLinks(
  visitors: readonly string[],
  isOneRecord: boolean,
  site: string,
  store: IdentityStore,
): Promise<readonly IdentityLink[]> {
  const found: IdentityLink[] = [];
  for await (const some of iterateSlices(visitors, deniedVisitorsAtOnce)) {
    for (const link of await store.findCheckoutLinks(site, some)) found.push(link);
    if (found.length > maxCheckouts && !isOneRecord)
      throw new ProfilesTooLargeError(`${found.length} checkouts are linked to the visitors of this page: read fewer records`);
  }
  return found;
}

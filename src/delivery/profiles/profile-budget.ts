import { type BrowserBudget, type BudgetKind, toBudgetDay } from '../../event/browser-budget.ts';
import type { Event } from '../../event/event.ts';
import { parseEventKey } from '../../event/event-key.ts';
import type { UnixMs } from '../../event/units.ts';
import type { LogRecord } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/ports/store.ts';
import type { BrowserUse } from '../../storage/ports/visitor-profiles.ts';
import { mergeConsentTimes } from '../../visitors/consent-times.ts';
import { emptyProfile } from '../../visitors/empty-profile.ts';
import type { IdentityLink } from '../../visitors/identity-links.ts';
import type { VisitorProfile } from '../../visitors/visitor-profile.ts';
import { findPurchasesOverBudget } from './browser-budget.ts';
import { type NetworkPurchasesDeps, type PlacedPurchases, placePurchases } from './network-purchases.ts';
import { listProfileSubjects } from './profile-updates.ts';

/** The profile updates and links of one page. */
export interface BudgetedProfiles {
  readonly facts: readonly { readonly visitor: string; readonly facts: VisitorProfile }[];
  readonly links: readonly IdentityLink[];
}

export interface BudgetLogger {
  warn(fields: object, event: string): void;
}

export interface ProfileBudgetOptions extends NetworkPurchasesDeps {
  readonly store: NetworkPurchasesDeps['store'] & Pick<Store, 'findLinks'>;
  /** Absent: unlimited. */
  readonly budget: BrowserBudget | undefined;
  readonly logger: BudgetLogger;
}

/** Limits the visitors and links that only browsers report to the site's daily budget. */
export class ProfileBudget {
  readonly #o: ProfileBudgetOptions;
  #use: BrowserUse = { day: 0, visitors: 0, links: 0, bytes: 0 };
  /** The bytes of the day when the usage was last stored. */
  #storedBytes = 0;
  readonly #announced = new Map<BudgetKind, number>();

  constructor(options: ProfileBudgetOptions) {
    this.#o = options;
  }

  /** Loads the usage as of the last commit. */
  async restore(): Promise<void> {
    this.#use = (await this.#o.store.getBrowserUsage(this.#o.site)) ?? this.#use;
    this.#storedBytes = this.#use.bytes;
  }

  /**
   * Counts the bytes of the page, and removes new visitors and links beyond the budget. Known visitors, visitors that the shop's server reports too, and all
   * consent choices are kept.
   */
  async admit(
    { facts, links }: BudgetedProfiles,
    reports: readonly { readonly event: Event }[],
    known: ReadonlyMap<string, VisitorProfile>,
    records: readonly LogRecord[],
    now: UnixMs,
  ): Promise<BudgetedProfiles & { readonly browserUse?: BrowserUse }> {
    const { budget } = this.#o;
    if (!budget) return { facts, links };
    const day = toBudgetDay(now);
    const use = this.#use.day === day ? { ...this.#use } : { day, visitors: 0, links: 0, bytes: 0 };
    use.bytes += countBrowserBytes(records, day);
    const trusted = new Set(listProfileSubjects(reports.filter(({ event }) => event.reporter !== 'browser')));
    const left = new Set<string>();
    const keptFacts = facts.flatMap((one) => {
      const before = known.get(one.visitor);
      if (isConsentOnly(one.facts) || trusted.has(one.visitor) || (before && !isConsentOnly(before))) return [one];
      if (use.visitors < budget.visitors) {
        use.visitors += 1;
        return [one];
      }
      left.add(one.visitor);
      // A consent choice is kept, so that the budget never removes the consent of a shop's order.
      const choices = consentOnly(one.facts);
      return isConsentOnly(choices) ? [{ ...one, facts: choices }] : [];
    });
    const ofBrowsers = links.filter(({ visitor }) => !trusted.has(visitor) && !left.has(visitor));
    const knownKeys = await this.#knownLinks(ofBrowsers);
    const keptLinks = links.filter((link) => {
      if (trusted.has(link.visitor)) return true;
      if (left.has(link.visitor)) return false;
      const name = toLinkKey(link);
      if (knownKeys.has(name)) return true;
      if (use.links >= budget.links) return false;
      use.links += 1;
      knownKeys.add(name);
      return true;
    });
    const isNextDay = use.day !== this.#use.day;
    const isLarger = use.bytes - this.#storedBytes >= budget.bytes / storedParts;
    const hasChanged = isNextDay || isLarger || use.visitors !== this.#use.visitors || use.links !== this.#use.links;
    if (hasChanged) this.#storedBytes = use.bytes;
    this.#use = use;
    for (const kind of ['visitors', 'links', 'bytes'] as const) if (use[kind] >= budget[kind]) this.#announce(kind, day);
    return { facts: keptFacts, links: keptLinks, ...(hasChanged && { browserUse: use }) };
  }

  /** Returns a function that tests whether a browser's purchase exceeds the budget, as of the last commit. */
  async findOverBudget(
    records: readonly Pick<LogRecord, 'offset' | 'at'>[],
  ): Promise<(record: Pick<LogRecord, 'offset' | 'at'>) => boolean> {
    const { budget } = this.#o;
    if (!budget || records.length === 0) return () => false;
    const isOver = await findPurchasesOverBudget(records, budget.purchases, this.#o);
    const first = records.find(isOver);
    if (first) this.#announce('purchases', toBudgetDay(first.at));
    return isOver;
  }

  /** Counts the page's purchases for their networks. */
  async placePurchases(reports: Parameters<typeof placePurchases>[0], now: UnixMs): Promise<PlacedPurchases> {
    const { budget } = this.#o;
    return budget ? placePurchases(reports, budget.purchases, now, this.#o) : { places: new Map(), networkPurchases: [] };
  }

  async #knownLinks(links: readonly IdentityLink[]): Promise<Set<string>> {
    const keys = [...new Set(links.map(({ key }) => key))];
    return new Set(keys.length === 0 ? [] : (await this.#o.store.findLinks(this.#o.site, keys)).map(toLinkKey));
  }

  #announce(kind: BudgetKind, day: number): void {
    if (this.#announced.get(kind) === day) return;
    this.#announced.set(kind, day);
    this.#o.logger.warn(
      { kind, budget: this.#o.budget?.[kind] },
      `${announcements[kind]} Raise collector.browserBudget if the traffic is real`,
    );
  }
}

/** The part of the budget of bytes that is counted before it is stored: a write for each page view would cost more. */
const storedParts = 256;

/** Sums the bytes of browsers' reports that the event log received on a day. */
function countBrowserBytes(records: readonly LogRecord[], day: number): number {
  let bytes = 0;
  for (const { key, at, body } of records)
    if ('bytes' in body && toBudgetDay(at) === day && parseEventKey(key).reporter === 'browser')
      bytes += key.length + body.bytes.byteLength;
  return bytes;
}

/** Returns whether the profile has only a consent choice. This profile is small, and its visitor does not count as known. */
function isConsentOnly({ clicks, persons, clients, browserIds, ...times }: VisitorProfile): boolean {
  const hasMore = Object.keys(clicks).length + persons.length + clients.length + Object.keys(browserIds).length > 0;
  return Object.keys(times).length > 0 && !hasMore;
}

/** Returns a profile with only the consent choices. */
function consentOnly(profile: VisitorProfile): VisitorProfile {
  return { ...emptyProfile, ...mergeConsentTimes(profile) };
}

function toLinkKey({ key, visitor }: IdentityLink): string {
  return `${visitor} ${key}`;
}

const announcements = {
  visitors: 'daily budget used up: events are sent, but no further browser visitors are stored today.',
  links: 'daily budget used up: events are sent, but no further browser identity links are stored today.',
  purchases:
    'daily budget used up: further purchases that only browsers report are stored and not sent unless the shop reports them too.',
  bytes: "daily budget used up: further reports of the site's browsers are refused today, except for some with a denial.",
} as const satisfies Record<BudgetKind, string>;

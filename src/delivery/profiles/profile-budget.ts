import { type BrowserBudget, type BudgetKind, toBudgetDay } from '../../event/browser-budget.ts';
import type { Event } from '../../event/event.ts';
import type { UnixMs } from '../../event/units.ts';
import type { IdentityLink } from '../../identity/identity-links.ts';
import { emptyProfile, type VisitorProfile } from '../../identity/visitor-profile.ts';
import type { Logger } from '../../logger.ts';
import type { LogRecord } from '../../storage/log/event-log.ts';
import type { BrowserUse, Store } from '../../storage/store/store.ts';
import { type BudgetDeps, findPurchasesOverBudget } from './browser-budget.ts';
import { profileSubjects } from './profile-updates.ts';

/** What a page of reports says of visitors. */
export interface BudgetedProfiles {
  readonly facts: readonly { readonly visitor: string; readonly facts: VisitorProfile }[];
  readonly links: readonly IdentityLink[];
}

export interface ProfileBudgetOptions extends BudgetDeps {
  readonly store: Pick<Store, 'countBrowserPurchases' | 'getBrowserUsage' | 'findLinks'>;
  /** Absent: no bound. */
  readonly budget: BrowserBudget | undefined;
  readonly logger: Logger;
}

/** Keeps what browsers alone add to a site's visitors and links within the daily budget. */
export class ProfileBudget {
  readonly #o: ProfileBudgetOptions;
  #use: BrowserUse = { day: 0, visitors: 0, links: 0 };
  readonly #announced = new Map<BudgetKind, number>();

  constructor(options: ProfileBudgetOptions) {
    this.#o = options;
  }

  /** Reads what was used as of the last commit. */
  async restore(): Promise<void> {
    this.#use = (await this.#o.store.getBrowserUsage(this.#o.site)) ?? this.#use;
  }

  /**
   * Leaves out visitors and links that would be new and are beyond the budget. Everything is kept of visitors who are known, or of whom the
   * shop's server reports too, and so is every choice of consent.
   */
  async admit(
    { facts, links }: BudgetedProfiles,
    reports: readonly { readonly event: Event }[],
    known: ReadonlyMap<string, VisitorProfile>,
    now: UnixMs,
  ): Promise<BudgetedProfiles & { readonly browserUse?: BrowserUse }> {
    const { budget } = this.#o;
    if (!budget) return { facts, links };
    const day = toBudgetDay(now);
    const use = this.#use.day === day ? { ...this.#use } : { day, visitors: 0, links: 0 };
    const vouched = new Set(profileSubjects(reports.filter(({ event }) => event.reporter !== 'browser')));
    const left = new Set<string>();
    const keptFacts = facts.flatMap((one) => {
      const before = known.get(one.visitor);
      if (isChoiceAlone(one.facts) || vouched.has(one.visitor) || (before && !isChoiceAlone(before))) return [one];
      if (use.visitors < budget.visitors) {
        use.visitors += 1;
        return [one];
      }
      left.add(one.visitor);
      // A choice is kept, so that no budget takes a shopper's consent from the shop's order.
      const isChosen = one.facts.deniedAt !== undefined || one.facts.grantedAt !== undefined;
      return isChosen ? [{ ...one, facts: consentOf(one.facts) }] : [];
    });
    const ofBrowsers = links.filter(({ visitor }) => !vouched.has(visitor) && !left.has(visitor));
    const told = await this.#knownLinks(ofBrowsers);
    const keptLinks = links.filter((link) => {
      if (vouched.has(link.visitor)) return true;
      if (left.has(link.visitor)) return false;
      const name = nameOf(link);
      if (told.has(name)) return true;
      if (use.links >= budget.links) return false;
      use.links += 1;
      told.add(name);
      return true;
    });
    const hasChanged = use.day !== this.#use.day || use.visitors !== this.#use.visitors || use.links !== this.#use.links;
    this.#use = use;
    for (const kind of ['visitors', 'links'] as const) if (use[kind] >= budget[kind]) this.#announce(kind, day);
    return { facts: keptFacts, links: keptLinks, ...(hasChanged && { browserUse: use }) };
  }

  /** Which of these records are purchases that browsers reported beyond the budget, as far as was committed. */
  async overBudget(
    records: readonly Pick<LogRecord, 'offset' | 'at'>[],
  ): Promise<(record: Pick<LogRecord, 'offset' | 'at'>) => boolean> {
    const { budget } = this.#o;
    if (!budget || records.length === 0) return () => false;
    const isOver = await findPurchasesOverBudget(records, budget.purchases, this.#o);
    const first = records.find(isOver);
    if (first) this.#announce('purchases', toBudgetDay(first.at));
    return isOver;
  }

  async #knownLinks(links: readonly IdentityLink[]): Promise<Set<string>> {
    const keys = [...new Set(links.map(({ key }) => key))];
    return new Set(keys.length === 0 ? [] : (await this.#o.store.findLinks(this.#o.site, keys)).map(nameOf));
  }

  #announce(kind: BudgetKind, day: number): void {
    if (this.#announced.get(kind) === day) return;
    this.#announced.set(kind, day);
    this.#o.logger.warn(
      { kind, budget: this.#o.budget?.[kind] },
      `${announcements[kind]} Raise collector.browserBudget if they are real`,
    );
  }
}

/** Of who denied nothing else is kept, so the row is small. It does not make a visitor known: what comes after it counts. */
function isChoiceAlone({ clicks, persons, clients, uetVids, grantedAt, deniedAt }: VisitorProfile): boolean {
  const hasMore = Object.keys(clicks).length + persons.length + clients.length + uetVids.length > 0;
  return (deniedAt !== undefined || grantedAt !== undefined) && !hasMore;
}

/** What the visitor said of consent, and nothing else. */
function consentOf({ grantedAt, deniedAt, withdrawnAt }: VisitorProfile): VisitorProfile {
  return {
    ...emptyProfile,
    ...(grantedAt !== undefined && { grantedAt }),
    ...(deniedAt !== undefined && { deniedAt }),
    ...(withdrawnAt !== undefined && { withdrawnAt }),
  };
}

function nameOf({ key, visitor }: IdentityLink): string {
  return `${visitor} ${key}`;
}

const announcements = {
  visitors:
    'the daily budget for new visitors of browsers is used up: events are sent, but no further visitors are remembered today.',
  links: 'the daily budget for new links of browsers is used up: events are sent, but no further links are remembered today.',
  purchases:
    'the daily budget for purchases that browsers alone report is used up: further ones are kept and not sent unless the shop reports them too.',
} as const satisfies Record<BudgetKind, string>;

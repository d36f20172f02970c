import type { Rule } from '../event/rule.ts';
import type { Site } from '../event/site.ts';
import type { UnixMs } from '../event/units.ts';
import { digestRules } from '../rules/digest.ts';
import type { RuleChangeStore, RuleOwner } from '../storage/ports/rule-changes.ts';

/** The rules of a site, or of one of its connections. */
interface RuleList {
  readonly site: string;
  readonly connection?: string;
  readonly rules: readonly Rule[];
}

/** Keeps every version of the rules, so that an outcome's digest names the rules of its day. */
export class RuleHistory {
  readonly #store: RuleChangeStore;
  readonly #now: () => UnixMs;
  /** The digest of the newest version of each list, by site. */
  readonly #digests = new Map<string, Map<string, string>>();

  constructor(store: RuleChangeStore, now: () => UnixMs) {
    this.#store = store;
    this.#now = now;
  }

  /** Adds a version of each list that changed. @param by the account, or another source of the change. */
  async record(sites: readonly Site[], by: string): Promise<void> {
    for (const list of sites.flatMap(listRules)) await this.save(list, by);
  }

  /**
   * Adds a version if the list changed, and saves its owner in the same transaction, so that no crash leaves a change without its author.
   * @param store saves both
   */
  async save(list: RuleList, by: string, owner?: RuleOwner, store: RuleChangeStore = this.#store): Promise<void> {
    const { site, connection = '', rules } = list;
    const known = this.#digests.get(site) ?? (await this.#load(site));
    const digest = digestRules(rules);
    if ((known.get(connection) ?? digestRules([])) === digest) return;
    await store.addRuleChange({ ...list, digest, at: this.#now(), by }, owner);
    known.set(connection, digest);
  }

  /** Removes the versions of a removed connection, or of a removed site, so that a new one of the same id does not show them. */
  async forget(site: string, connection?: string): Promise<void> {
    await this.#store.removeRuleChanges(site, connection);
    if (connection === undefined) this.#digests.delete(site);
    else this.#digests.get(site)?.delete(connection);
  }

  async #load(site: string): Promise<Map<string, string>> {
    const changes = await this.#store.listRuleChanges(site, 1);
    const known = new Map(changes.toReversed().map(({ connection = '', digest }) => [connection, digest]));
    this.#digests.set(site, known);
    return known;
  }
}

function listRules({ id: site, rules = [], connections }: Site): readonly RuleList[] {
  const own = connections.map(({ id: connection, rules: ofConnection = [] }) => ({ site, connection, rules: ofConnection }));
  return [{ site, rules }, ...own];
}

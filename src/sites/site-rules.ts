import { z } from 'zod';
import { type ConfigProblem, findRuleConflicts, sharedIdMessage, toProblems, toReportingConnection } from '../config/sites.ts';
import type { Rule } from '../event/rule.ts';
import type { Connection, Site } from '../event/site.ts';
import { findTagConflicts } from '../rules/browser-tags.ts';
import { rulesSchema } from '../rules/rule-schema.ts';
import type { DashboardSite } from '../storage/ports/dashboard-sites.ts';
import type { RuleOwner } from '../storage/ports/rule-changes.ts';
import type { SiteEntry } from './merge-sites.ts';
import type { RunningSites } from './running-sites.ts';
import { type ChangeRejection, invalidInput, type NotChangeable } from './site-input.ts';
import { parseStoredSite } from './stored-sites.ts';

/** Changes the rules of sites and of connections. */
export class SiteRules {
  readonly #running: RunningSites;

  constructor(running: RunningSites) {
    this.#running = running;
  }

  /** Replaces the rules of a site or of a connection. @param by the account, or another source of the change. */
  put(
    site: string,
    connection: string | undefined,
    { revision, rules: input, by }: { readonly revision: string | undefined; readonly rules: unknown; readonly by: string },
  ): Promise<SiteEntry | ChangeRejection<NotChangeable | 'no-such-connection' | 'parameter-invalid'>> {
    return this.#running.change(async () => {
      const entry = this.#running.findEntry(site);
      if (!entry) return { refused: 'no-such-site' };
      if (revision !== undefined && revision !== entry.revision) return { refused: 'changed-meanwhile' };
      const read = parseRules(input, entry.site, connection);
      if ('refused' in read) return read;
      const { sites, connections } = this.#running.stored;
      const rules = z.json().parse(read.rules);
      const list = { site, ...(connection !== undefined && { connection }) };
      const change = { ...list, what: 'rules changed', by };
      const save = (owner: RuleOwner) =>
        this.#running.ruleHistory.save({ ...list, rules: read.rules }, by, owner, this.#running.versioned);
      if (connection === undefined) {
        if (entry.origin === 'file' || !entry.stored) return { refused: 'file-made' };
        const stored = { ...entry.stored, config: { ...entry.stored.config, rules } };
        await save({ site: stored });
        await this.#running.apply(change, { sites: [...sites.filter(({ id }) => id !== site), stored] });
      } else {
        const found = entry.connections.find(({ id }) => id === connection);
        if (!found) return { refused: 'no-such-connection' };
        const before = connections.find((one) => one.site === site && one.id === connection);
        if (found.origin === 'file' || !before) return { refused: 'file-made' };
        const stored = { ...before, config: { ...before.config, rules } };
        await save({ connection: stored });
        await this.#running.apply(change, { connections: [...connections.filter((one) => one !== before), stored] });
      }
      return this.#running.getEntry(site);
    });
  }

  /** Checks the rules of a site or of a connection without storing them. */
  read(
    site: string,
    connection: string | undefined,
    input: unknown,
  ): { readonly rules: readonly Rule[] } | ChangeRejection<'no-such-site' | 'parameter-invalid'> {
    const entry = this.#running.findEntry(site);
    return entry ? parseRules(input, entry.site, connection) : { refused: 'no-such-site' };
  }
}

/** Parses rules and checks them against the site's browser tags, and against the rules that apply before or after them. */
function parseRules(
  input: unknown,
  { connections, tags, rules: siteRules = [] }: Site,
  connection: string | undefined,
): { readonly rules: readonly Rule[] } | ChangeRejection<'parameter-invalid'> {
  const { success, data: rules, error } = rulesSchema.safeParse(input, { reportInput: true });
  const toPath = (path: string) => `rules${path}`;
  if (!success)
    return invalidInput(error.issues.flatMap(toProblems).map(({ path, message }) => ({ path: toPath(path), message })));
  const reached = connections.filter(({ id, enabled }) => (connection === undefined ? enabled : id === connection));
  const others = connection === undefined ? connections.flatMap(({ rules: own = [] }) => own) : siteRules;
  const ids = new Set(others.map(({ id }) => id));
  const problems = [
    ...findTagConflicts(rules, reached.map(toReportingConnection), tags),
    ...rules.flatMap(({ id }, index) => (ids.has(id) ? [{ index, field: 'id', message: sharedIdMessage }] : [])),
  ];
  if (problems.length === 0) return { rules };
  return invalidInput(problems.map(({ index, field, message }) => ({ path: toPath(`[${index}].${field}`), message })));
}

/** Finds rules of a stored site and its connections that conflict with the site's browser tags. */
export function findStoredConflicts(stored: DashboardSite, connections: readonly Connection[]): readonly ConfigProblem[] {
  const read = parseStoredSite(stored);
  return 'site' in read ? findRuleConflicts({ ...read.site, connections }, '') : [];
}

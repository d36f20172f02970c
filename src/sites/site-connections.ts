import { type ConfigProblem, toReportingConnection } from '../config/sites.ts';
import type { UnixMs } from '../event/units.ts';
import { findTagConflicts } from '../rules/browser-tags.ts';
import type { DashboardConnection } from '../storage/ports/dashboard-sites.ts';
import type { SiteStore } from '../storage/ports/rule-changes.ts';
import type { KeyRing } from './key-ring.ts';
import type { SiteEntry } from './merge-sites.ts';
import type { RunningSites } from './running-sites.ts';
import { encryptSettings } from './secret-settings.ts';
import type { SiteEncryption } from './site-encryption.ts';
import {
  type ChangeRejection,
  type ConfigInput,
  type ConnectionInput,
  completeConnectionInput,
  invalidInput,
  type NotChangeable,
  type NotEditable,
  parseConnectionInput,
  type ReadConnection,
} from './site-input.ts';
import { type ConnectionRules, parseStoredConnection } from './stored-sites.ts';

export interface SiteConnectionsDeps {
  readonly rules: ConnectionRules;
  readonly store: SiteStore;
  readonly keys: KeyRing;
  readonly now: () => UnixMs;
}

/** Changes the connections of sites. */
export class SiteConnections {
  readonly #running: RunningSites;
  readonly #secrets: SiteEncryption;
  readonly #deps: SiteConnectionsDeps;

  constructor(running: RunningSites, secrets: SiteEncryption, deps: SiteConnectionsDeps) {
    this.#running = running;
    this.#secrets = secrets;
    this.#deps = deps;
  }

  /** Creates or changes a connection. Secrets that are missing in the input stay unchanged. */
  put(
    site: string,
    id: string,
    revision: string | undefined,
    input: ConnectionInput,
  ): Promise<SiteEntry | ChangeRejection<NotChangeable | 'parameter-invalid'>> {
    return this.#running.change(async () => {
      const entry = this.#running.findEntry(site);
      const found = entry?.connections.find((one) => one.id === id);
      if (!entry) return { refused: 'no-such-site' };
      if (found?.origin === 'file') return { refused: 'file-made' };
      if (revision !== undefined && revision !== entry.revision) return { refused: 'changed-meanwhile' };
      if (found && found.destination !== input.destination) return invalidInput([destinationStays]);
      if (found?.isSimulated) return invalidInput([simulatorFixed]);
      const read = this.read(site, id, { ...input, enabled: input.enabled ?? found?.enabled });
      if ('refused' in read) return read;
      const { written, secrets } = read;
      const reporting = toReportingConnection({ id, destination: input.destination, settings: input.settings });
      const rules = [...(entry.site.rules ?? []), ...(found?.connection?.rules ?? [])];
      const conflicts = findTagConflicts(rules, [reporting], entry.site.tags);
      if (conflicts.length > 0) return invalidInput(conflicts.map(({ message }) => ({ path: 'destination', message })));
      const key = this.#secrets.getKey();
      const stored = { site, id, config: written, secrets: encryptSettings(secrets, { site, connection: id }, key) };
      await this.#running.versioned.saveDashboardConnection(stored, found ? undefined : { now: this.#deps.now() });
      const connections = [...this.#listOthers(site, id), stored];
      await this.#running.apply({ site, connection: id, what: found ? 'changed' : 'created' }, { connections });
      return this.#running.getEntry(site);
    });
  }

  /** Connects the site to the gateway's own simulator of a platform. The simulator runs already. */
  connectSimulator(
    site: string,
    destination: string,
  ): Promise<SiteEntry | ChangeRejection<'no-such-site' | 'parameter-invalid'>> {
    return this.#running.change(async () => {
      const entry = this.#running.findEntry(site);
      if (!entry) return { refused: 'no-such-site' };
      if (entry.connections.some((one) => one.isSimulated && one.destination === destination)) return entry;
      const id = `${destination}-simulator`;
      if (entry.connections.some((one) => one.id === id)) return invalidInput([simulatorIdTaken]);
      const stored = { site, id, config: { id, destination, enabled: true, settings: {}, simulator: true }, secrets: {} };
      const read = parseStoredConnection(stored.config, {}, this.#deps.rules);
      if ('problems' in read) return invalidInput(read.problems);
      await this.#running.versioned.saveDashboardConnection(stored, { now: this.#deps.now() });
      const connections = [...this.#running.stored.connections, stored];
      await this.#running.apply({ site, connection: id, what: 'connected to the simulator' }, { connections });
      return this.#running.getEntry(site);
    });
  }

  remove(site: string, id: string): Promise<SiteEntry | ChangeRejection<NotEditable | 'no-such-connection'>> {
    return this.#running.change(async () => {
      const entry = this.#running.findEntry(site);
      const found = entry?.connections.find((one) => one.id === id);
      if (!entry) return { refused: 'no-such-site' };
      if (!found) return { refused: 'no-such-connection' };
      const isStored = this.#running.stored.connections.some((one) => one.site === site && one.id === id);
      if (!isStored) return { refused: 'file-made' };
      await this.#running.versioned.removeDashboardConnection(site, id);
      const connections = this.#listOthers(site, id);
      await this.#running.apply({ site, connection: id, what: 'removed' }, { connections });
      if (found.origin === 'dashboard') {
        await this.#deps.store.retireConnection(site, id, this.#deps.now());
        await this.#running.ruleHistory.forget(site, id);
      }
      return this.#running.getEntry(site);
    });
  }

  /** Validates settings without storing them. If the connection exists, its secrets complete the input. */
  read(site: string, id: string | undefined, input: ConnectionInput): ReadConnection | ChangeRejection<'parameter-invalid'> {
    const { keys, rules } = this.#deps;
    return parseConnectionInput(id ?? 'new', input, this.#findStored(site, id, input), {
      findKey: (key) => keys.find(key),
      rules,
    });
  }

  /** Completes settings with the connection's stored secrets and the config file's addresses, without validating or storing them. */
  completeSettings(
    site: string,
    id: string | undefined,
    input: ConnectionInput,
  ): { readonly settings: ConfigInput } | ChangeRejection<'parameter-invalid'> {
    const { keys, rules } = this.#deps;
    return completeConnectionInput(input, this.#findStored(site, id, input), {
      findKey: (key) => keys.find(key),
      rules,
    });
  }

  #findStored(site: string, id: string | undefined, { destination }: ConnectionInput): DashboardConnection | undefined {
    const { connections } = this.#running.stored;
    return connections.find((one) => one.site === site && one.id === id && one.config.destination === destination);
  }

  #listOthers(site: string, id: string): readonly DashboardConnection[] {
    return this.#running.stored.connections.filter((one) => one.site !== site || one.id !== id);
  }
}

const simulatorFixed: ConfigProblem = {
  path: 'settings',
  message: 'Belong to the simulator. Remove this connection, then add one with your own settings.',
};
const simulatorIdTaken: ConfigProblem = {
  path: 'destination',
  message: 'A connection has the id that the simulator would get. Remove that connection first.',
};
const destinationStays: ConfigProblem = {
  path: 'destination',
  message: 'Cannot be changed. Create another connection with a new id, or remove this connection first.',
};

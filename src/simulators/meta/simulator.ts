import { randomUUID } from 'node:crypto';
import { type RunningServer, startServer } from '../start-server.ts';
import { CallUsage } from './events-api/usage.ts';
import { type Fault, Faults } from './faults.ts';
import { Journal, type JournalRequest } from './journal/journal.ts';
import type { JournalEvent } from './journal/journal-event.ts';
import { defaults, type Settings } from './settings.ts';
import { createSimulatorApp } from './simulator-app.ts';

export interface MetaSimulatorOptions {
  readonly host?: string;
  /** Port 0 takes a free port. */
  readonly port?: number;
  /** Token by dataset. Absent or empty: every well-formed dataset is accepted with any token. */
  readonly tokens?: Readonly<Record<string, string>>;
  readonly overrides?: Partial<Settings>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly newId?: () => string;
}

export interface MetaSimulator extends RunningServer {
  /** Returns the requests of `GET /journal`, oldest first. */
  journal(): JournalRequest[];
  /** Returns the events of `GET /journal/events`, in the order of their first reports. */
  journalEvents(): JournalEvent[];
  clearJournal(): void;
  /** Sets the fault if one is given. Returns the current fault. */
  faults(fault?: Fault): Fault;
}

/**
 * Starts a simulator of Meta's Conversions API and its browser tag on its own port, with all data in memory. Rejects if the port is
 * taken or the host is not local.
 */
export async function startMetaSimulator(options: MetaSimulatorOptions = {}): Promise<MetaSimulator> {
  const { app, journal, faults, close } = createMetaSimulator(options);
  const server = await startServer(app, { host: options.host ?? '127.0.0.1', port: options.port ?? 9090 });
  return {
    url: server.url,
    port: server.port,
    journal: () => journal.requests(),
    journalEvents: () => journal.events(),
    clearJournal: () => journal.clear(),
    faults: (fault) => {
      if (fault !== undefined) faults.set(fault);
      return faults.current();
    },
    close: async () => {
      close();
      await server.close();
    },
  };
}

/** Creates the simulator without a port. */
export function createMetaSimulator(options: Omit<MetaSimulatorOptions, 'port'>) {
  const { host = '127.0.0.1', now = Date.now, newId = randomUUID } = options;
  const settings = { ...defaults, ...options.overrides };
  const tokenEntries = Object.entries(options.tokens ?? {});
  const tokens = tokenEntries.length === 0 ? undefined : new Map(tokenEntries);
  const journal = new Journal(settings);
  const faults = new Faults();
  const closing = new AbortController();
  const usage = new CallUsage(settings);
  const app = createSimulatorApp({ settings, tokens, journal, faults, usage, host, now, newId, closing: closing.signal });
  return { app, journal, faults, close: () => closing.abort() };
}

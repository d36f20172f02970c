import { randomUUID } from 'node:crypto';
import { type RunningServer, startServer } from '../start-server.ts';
import type { Fault } from './faults.ts';
import { Faults } from './faults.ts';
import type { Goal } from './journal/event-goals.ts';
import { Goals } from './journal/event-goals.ts';
import type { JournalRequest } from './journal/journal.ts';
import { Journal } from './journal/journal.ts';
import type { JournalEvent } from './journal/journal-event.ts';
import type { Preset, Settings } from './settings.ts';
import { resolveSettings } from './settings.ts';
import { createSimulatorApp } from './simulator-app.ts';
import type { IdSync } from './tag/id-sync.ts';

export interface MicrosoftSimulatorOptions {
  readonly host?: string;
  /** Port 0 takes a free port. */
  readonly port?: number;
  /** Token by tag. Absent or empty: every well-formed tag is accepted with any token. */
  readonly tokens?: Readonly<Record<string, string>>;
  /** Default: `defaultGoals`. */
  readonly goals?: readonly Goal[];
  readonly preset?: Preset;
  readonly overrides?: Partial<Settings>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly newId?: () => string;
}

export interface MicrosoftSimulator extends RunningServer {
  /** Returns the requests of `GET /journal`, oldest first. */
  journal(): JournalRequest[];
  /** Returns the events of `GET /journal/events`, in the order of their first reports. */
  journalEvents(): JournalEvent[];
  /** Returns the ID syncs of `GET /journal/syncs`, oldest first. */
  journalSyncs(): IdSync[];
  clearJournal(): void;
  /** Sets the fault if one is given. Returns the current fault. */
  faults(fault?: Fault): Fault;
  /** Replaces the goals if a list is given. Returns the current goals. */
  goals(goals?: readonly Goal[]): readonly Goal[];
}

/**
 * Starts a simulator of Microsoft's Conversions API and its browser tag on its own port, with all data in memory. Rejects if the port
 * is taken or the host is not local.
 */
export async function startMicrosoftSimulator(options: MicrosoftSimulatorOptions = {}): Promise<MicrosoftSimulator> {
  const { app, journal, faults, goals, close } = createMicrosoftSimulator(options);
  const server = await startServer(app, { host: options.host ?? '127.0.0.1', port: options.port ?? 9090 });
  return {
    url: server.url,
    port: server.port,
    journal: () => journal.requests(),
    journalEvents: () => journal.events(),
    journalSyncs: () => journal.syncs(),
    clearJournal: () => journal.clear(),
    faults: (fault) => {
      if (fault !== undefined) faults.set(fault);
      return faults.current();
    },
    goals: (input) => {
      if (input !== undefined) goals.set(input);
      return goals.current();
    },
    close: async () => {
      close();
      await server.close();
    },
  };
}

/** Creates the simulator without a port. */
export function createMicrosoftSimulator(options: Omit<MicrosoftSimulatorOptions, 'port'>) {
  const { host = '127.0.0.1', now = Date.now, newId = randomUUID } = options;
  const settings = resolveSettings(options.preset, options.overrides);
  const tokenEntries = Object.entries(options.tokens ?? {});
  const tokens = tokenEntries.length === 0 ? undefined : new Map(tokenEntries);
  const goals = new Goals(options.goals);
  const journal = new Journal(settings, goals);
  const faults = new Faults();
  const closing = new AbortController();
  const app = createSimulatorApp({ settings, tokens, journal, faults, goals, host, now, newId, closing: closing.signal });
  return { app, journal, faults, goals, close: () => closing.abort() };
}

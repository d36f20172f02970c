import { randomUUID } from 'node:crypto';
import { startServer } from '../start-server.ts';
import type { Fault } from './faults.ts';
import { Faults } from './faults.ts';
import type { Goal } from './journal/event-goals.ts';
import { Goals } from './journal/event-goals.ts';
import type { JournalRequest } from './journal/journal.ts';
import { Journal } from './journal/journal.ts';
import type { JournalEvent } from './journal/journal-event.ts';
import type { Preset, Settings } from './settings.ts';
import { settingsFor } from './settings.ts';
import { createSimulatorApp } from './simulator-app.ts';
import type { IdSync } from './tag/id-sync.ts';

export interface MicrosoftSimulatorOptions {
  readonly host?: string;
  /** 0: any that is free. */
  readonly port?: number;
  /** Token by tag. Absent or empty: every well-formed tag with any token is let in. */
  readonly tokens?: Readonly<Record<string, string>>;
  /** Absent: `defaultGoals`. */
  readonly goals?: readonly Goal[];
  readonly preset?: Preset;
  readonly overrides?: Partial<Settings>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly newId?: () => string;
}

export interface MicrosoftSimulator {
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** What `GET /journal` says, oldest first. */
  journal(): JournalRequest[];
  /** What `GET /journal/events` says, in the order of first arrival. */
  journalEvents(): JournalEvent[];
  /** What `GET /journal/syncs` says, oldest first. */
  journalSyncs(): IdSync[];
  clearJournal(): void;
  /** Sets what `POST /faults` sets; without an argument only tells. */
  faults(fault?: Fault): Fault;
  /** Replaces what `POST /goals` replaces; without an argument only tells. */
  goals(goals?: readonly Goal[]): readonly Goal[];
  /** Cuts what is open, hanging requests included. */
  close(): Promise<void>;
}

/**
 * Starts a stand-in for Microsoft's Conversions API and its browser tag on its own port, with everything in memory.
 *
 * @throws as `listen` does: the port is taken, the host is not ours.
 */
export async function startMicrosoftSimulator(options: MicrosoftSimulatorOptions = {}): Promise<MicrosoftSimulator> {
  const { host = '127.0.0.1', now = Date.now, newId = randomUUID } = options;
  const settings = settingsFor(options.preset, options.overrides);
  const given = Object.entries(options.tokens ?? {});
  const tokens = given.length === 0 ? undefined : new Map(given);
  const goals = new Goals(options.goals);
  const journal = new Journal(settings, goals);
  const faults = new Faults();
  const closing = new AbortController();
  const app = createSimulatorApp({ settings, tokens, journal, faults, goals, host, now, newId, closing: closing.signal });
  const server = await startServer(app, { host, port: options.port ?? 9090 });

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
      closing.abort();
      await server.close();
    },
  };
}

import { createContext, type RunningSimulator, type SimulatorOptions, startSimulator } from '../kit/start-simulator.ts';
import { CallUsage } from './events-api/usage.ts';
import { createFaults, type Fault } from './faults.ts';
import { createJournal, type JournalRequest } from './journal/journal.ts';
import type { JournalEvent } from './journal/journal-event.ts';
import { defaults, type Settings } from './settings.ts';
import { createMetaApp } from './simulator-app.ts';

export type MetaSimulatorOptions = SimulatorOptions<Settings>;

export type MetaSimulator = RunningSimulator<JournalRequest, JournalEvent, Fault>;

/** Starts a simulator of Meta's Conversions API and its browser tag on its own port, with all data in memory. */
export function startMetaSimulator(options: MetaSimulatorOptions = {}): Promise<MetaSimulator> {
  return startSimulator(createMetaSimulator(options), options);
}

/** Creates the simulator without a port. */
export function createMetaSimulator({ overrides, ...options }: Omit<MetaSimulatorOptions, 'port'>) {
  const { context, close } = createContext(options);
  const settings = { ...defaults, ...overrides };
  const journal = createJournal(settings);
  const faults = createFaults();
  const app = createMetaApp({ ...context, settings, journal, faults, usage: new CallUsage(settings) });
  return { app, journal, faults, close };
}

import { createContext, type RunningSimulator, type SimulatorOptions, startSimulator } from '../kit/start-simulator.ts';
import { createFaults, type Fault } from './faults.ts';
import { createJournal, type JournalRequest } from './journal/journal.ts';
import type { JournalEvent } from './journal/journal-event.ts';
import { defaults, type Settings } from './settings.ts';
import { createPinterestApp } from './simulator-app.ts';

export type PinterestSimulatorOptions = SimulatorOptions<Settings>;

export type PinterestSimulator = RunningSimulator<JournalRequest, JournalEvent, Fault>;

/** Starts a simulator of Pinterest's API for Conversions and its browser tag on its own port, with all data in memory. */
export function startPinterestSimulator(options: PinterestSimulatorOptions = {}): Promise<PinterestSimulator> {
  return startSimulator(createPinterestSimulator(options), options);
}

/** Creates the simulator without a port. */
export function createPinterestSimulator({ overrides, ...options }: Omit<PinterestSimulatorOptions, 'port'>) {
  const { context, close } = createContext(options);
  const settings = { ...defaults, ...overrides };
  const journal = createJournal(settings);
  const faults = createFaults();
  const app = createPinterestApp({ ...context, settings, journal, faults });
  return { app, journal, faults, close };
}

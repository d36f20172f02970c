import { createContext, type RunningSimulator, type SimulatorOptions, startSimulator } from '../kit/start-simulator.ts';
import { createFaults, type Fault } from './faults.ts';
import { createJournal, type JournalRequest } from './journal/journal.ts';
import type { JournalEvent } from './journal/journal-event.ts';
import { defaults, type Settings } from './settings.ts';
import { createTiktokApp } from './simulator-app.ts';

export type TiktokSimulatorOptions = SimulatorOptions<Settings>;

export type TiktokSimulator = RunningSimulator<JournalRequest, JournalEvent, Fault>;

/** Starts a simulator of TikTok's Events API and its browser tag on its own port, with all data in memory. */
export function startTiktokSimulator(options: TiktokSimulatorOptions = {}): Promise<TiktokSimulator> {
  return startSimulator(createTiktokSimulator(options), options);
}

/** Creates the simulator without a port. */
export function createTiktokSimulator({ overrides, ...options }: Omit<TiktokSimulatorOptions, 'port'>) {
  const { context, close } = createContext(options);
  const settings = { ...defaults, ...overrides };
  const journal = createJournal(settings);
  const faults = createFaults();
  const app = createTiktokApp({ ...context, settings, journal, faults });
  return { app, journal, faults, close };
}

import { createContext, type RunningSimulator, type SimulatorOptions, startSimulator } from '../kit/start-simulator.ts';
import { createFaults, type Fault } from './faults.ts';
import { createJournal, type JournalRequest } from './journal/journal.ts';
import type { JournalEvent } from './journal/journal-event.ts';
import { defaults, type Settings } from './settings.ts';
import { createOpenaiApp } from './simulator-app.ts';

export type OpenaiSimulatorOptions = SimulatorOptions<Settings>;

export type OpenaiSimulator = RunningSimulator<JournalRequest, JournalEvent, Fault>;

/** Starts a simulator of OpenAI's Conversions API and its pixel on its own port, with all data in memory. */
export function startOpenaiSimulator(options: OpenaiSimulatorOptions = {}): Promise<OpenaiSimulator> {
  return startSimulator(createOpenaiSimulator(options), options);
}

/** Creates the simulator without a port. */
export function createOpenaiSimulator({ overrides, ...options }: Omit<OpenaiSimulatorOptions, 'port'>) {
  const { context, close } = createContext(options);
  const settings = { ...defaults, ...overrides };
  const journal = createJournal(settings);
  const faults = createFaults();
  return { app: createOpenaiApp({ ...context, settings, journal, faults }), journal, faults, close };
}

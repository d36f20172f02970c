import { createContext, type RunningSimulator, type SimulatorOptions, startSimulator } from '../kit/start-simulator.ts';
import { createFaults, type Fault } from './faults.ts';
import { type Goal, Goals } from './journal/event-goals.ts';
import { Journal, type JournalRequest } from './journal/journal.ts';
import type { JournalEvent } from './journal/journal-event.ts';
import { type Preset, resolveSettings, type Settings } from './settings.ts';
import { createMicrosoftApp } from './simulator-app.ts';
import type { IdSync } from './tag/id-sync.ts';

export interface MicrosoftSimulatorOptions extends SimulatorOptions<Settings> {
  /** Default: `defaultGoals`. */
  readonly goals?: readonly Goal[];
  readonly preset?: Preset;
}

export interface MicrosoftSimulator extends RunningSimulator<JournalRequest, JournalEvent, Fault> {
  /** Returns the ID syncs of `GET /journal/syncs`, oldest first. */
  journalSyncs(): IdSync[];
  /** Replaces the goals if a list is given. Returns the current goals. */
  goals(goals?: readonly Goal[]): readonly Goal[];
}

/** Starts a simulator of Microsoft's Conversions API and its browser tag on its own port, with all data in memory. */
export async function startMicrosoftSimulator(options: MicrosoftSimulatorOptions = {}): Promise<MicrosoftSimulator> {
  const simulator = createMicrosoftSimulator(options);
  const { journal, goals } = simulator;
  return {
    ...(await startSimulator(simulator, options)),
    journalSyncs: () => journal.syncs(),
    goals: (input) => {
      if (input !== undefined) goals.set(input);
      return goals.current();
    },
  };
}

/** Creates the simulator without a port. */
export function createMicrosoftSimulator(options: Omit<MicrosoftSimulatorOptions, 'port'>) {
  const { context, close } = createContext(options);
  const settings = resolveSettings(options.preset, options.overrides);
  const goals = new Goals(options.goals);
  const journal = new Journal(settings, goals);
  const faults = createFaults();
  const app = createMicrosoftApp({ ...context, settings, journal, faults, goals });
  return { app, journal, faults, goals, close };
}

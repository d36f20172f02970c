import type { AnyFault } from './faults.ts';
import type { ComparedEvent, Simulator } from './simulator.ts';
import { type CommonDeps, createSimulatorApp, type PlatformRoutes } from './simulator-app.ts';
import {
  createContext,
  type RunningSimulator,
  type SimulatorContext,
  type SimulatorOptions,
  startSimulator,
} from './start-simulator.ts';

/** `O`: options of the simulator, `D`: the parts that its routes and its page use. */
interface SimulatorDefinition<O, R, E, F extends AnyFault, D> extends Omit<Simulator, 'create'>, PlatformRoutes<D> {
  /** Returns the options from the values of the command line, by name in camel case. */
  readOptions(values: Readonly<Record<string, unknown>>): O;
  /** Creates settings, journal, faults and the platform's own parts. */
  createDeps(context: SimulatorContext, options: O): D & CommonDeps<R, E, F>;
  /** Returns an event in the form that all platforms share. */
  compare(event: E): ComparedEvent;
  /** Returns the state beyond the journal on which the comparison depends. */
  getState?(deps: D): string;
}

export interface DefinedSimulator<O, R, E, F, D> extends Simulator {
  /** Starts the simulator on its own port, with all data in memory. Rejects if the port is taken or the host is not local. */
  start(options: O): Promise<RunningSimulator<R, E, F> & { readonly deps: D }>;
}

/** Creates the simulator of a platform from the platform's own parts. */
export function defineSimulator<O extends SimulatorOptions<object>, R, E, F extends AnyFault, D>(
  definition: SimulatorDefinition<O, R, E, F, D>,
): DefinedSimulator<O, R, E, F, D> {
  const create = (options: O) => {
    const { context, close } = createContext(options);
    const deps = definition.createDeps(context, options);
    const app = createSimulatorApp(definition, deps, context.newId());
    return { app, journal: deps.journal, faults: deps.faults, close, deps };
  };
  return {
    ...definition,
    create(values, now = Date.now, limits) {
      const options = definition.readOptions(values);
      const { app, journal, deps, close } = create({ ...options, now, overrides: { ...options.overrides, ...limits } });
      return {
        app,
        getRevision: () => [journal.revision, definition.getState?.(deps) ?? []].flat().join('-'),
        listEvents: () => journal.events().map((event) => definition.compare(event)),
        clear: () => journal.clear(),
        close,
      };
    },
    async start(options) {
      const created = create(options);
      return { ...(await startSimulator(created, options)), deps: created.deps };
    },
  };
}

import type { Hono, MiddlewareHandler } from 'hono';
import type { AnyFault, Faults } from './faults.ts';
import type { BodyLimits } from './http/read-body.ts';
import type { AllowedMethods, Env } from './http/routes.ts';
import type { SimulatorPage } from './page/define-page.ts';
import type { ComparedEvent, Simulator } from './simulator.ts';
import { createSimulatorApp } from './simulator-app.ts';
import {
  createContext,
  type RunningSimulator,
  type SimulatorContext,
  type SimulatorOptions,
  startSimulator,
} from './start-simulator.ts';

/** The parts that every simulator has. `R`: requests, `E`: events, `F`: faults. */
interface CommonDeps<R, E, F extends AnyFault> {
  readonly settings: BodyLimits;
  readonly journal: {
    readonly revision: number;
    requests(): R[];
    events(): E[];
    clear(): void;
  };
  readonly faults: Pick<Faults<F>, 'schema' | 'revision' | 'current' | 'set'>;
}

/** `O`: options of the simulator, `D`: the parts that its routes and its page use. */
interface SimulatorDefinition<O, R, E, F extends AnyFault, D> extends Omit<Simulator, 'create'> {
  /** Returns the options from the values of the command line, by name in camel case. */
  readOptions(values: Readonly<Record<string, unknown>>): O;
  /** Creates settings, journal, faults and the platform's own parts. */
  createDeps(context: SimulatorContext, options: O): D & CommonDeps<R, E, F>;
  /** The methods of the platform's paths, and of own pages that other simulators lack. */
  readonly methods: AllowedMethods;
  /** Mounts the routes of the platform. `ownPage` guards the further pages of the simulator itself. */
  mount(app: Hono<Env>, deps: D, ownPage: MiddlewareHandler<Env>): void;
  readonly page: SimulatorPage<NoInfer<D>>;
  /** Returns an event in the form that all platforms share. */
  compare(event: E): ComparedEvent;
  /** Returns the state beyond the journal on which the comparison depends. */
  getState?(deps: D): string;
  /** Called after `DELETE /journal`. */
  onClear?(deps: D): void;
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
    const { settings, journal, faults } = deps;
    const app = createSimulatorApp({
      host: context.host,
      closing: context.closing,
      limits: settings,
      run: context.newId(),
      journal: {
        get revision() {
          return journal.revision;
        },
        requests: () => journal.requests(),
        events: () => journal.events(),
        clear() {
          journal.clear();
          definition.onClear?.(deps);
        },
      },
      faults,
      methods: definition.methods,
      mount: (routes, ownPage) => definition.mount(routes, deps, ownPage),
      getPageState: (c) => definition.page.getState(c, deps),
      renderPage: (c, request) => definition.page.render(c, request, deps),
    });
    return { app, journal, faults, close, deps };
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

import { randomUUID } from 'node:crypto';
import type { Hono } from 'hono';
import { type RunningServer, startServer } from '../start-server.ts';
import type { AnyFault, Faults } from './faults.ts';
import type { Env } from './http/routes.ts';

/** Options of every simulator. `S` are its settings. */
export interface SimulatorOptions<S> {
  readonly host?: string;
  /** Port 0 takes a free port. */
  readonly port?: number;
  /** Token by account. Absent or empty: every well-formed account is accepted with any token. */
  readonly tokens?: Readonly<Record<string, string>> | undefined;
  readonly overrides?: Partial<S>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly newId?: () => string;
}

/** The parts of a simulator that do not depend on the platform. */
export interface SimulatorContext {
  /** The host that the simulator listens on. */
  readonly host: string;
  /** Token by account. Undefined: every well-formed account is accepted with any token. */
  readonly tokens: ReadonlyMap<string, string> | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly newId: () => string;
  /** Aborted when the simulator closes. */
  readonly closing: AbortSignal;
}

/** Returns the context of a simulator, and the function that ends its delayed responses. */
export function createContext({
  host = '127.0.0.1',
  tokens = {},
  now = Date.now,
  newId = randomUUID,
}: Omit<SimulatorOptions<unknown>, 'port' | 'overrides'>): { readonly context: SimulatorContext; readonly close: () => void } {
  const closing = new AbortController();
  const entries = Object.entries(tokens);
  return {
    context: { host, tokens: entries.length === 0 ? undefined : new Map(entries), now, newId, closing: closing.signal },
    close: () => closing.abort(),
  };
}

/** A simulator without a port. `R`: requests, `E`: events, `F`: faults. */
interface CreatedSimulator<R, E, F extends AnyFault> {
  readonly app: Hono<Env>;
  readonly journal: { requests(): R[]; events(): E[]; clear(): void };
  readonly faults: Pick<Faults<F>, 'current' | 'set'>;
  readonly close: () => void;
}

/** A simulator on its own port. */
export interface RunningSimulator<R, E, F> extends RunningServer {
  /** Returns the requests of `GET /journal`, oldest first. */
  journal(): R[];
  /** Returns the events of `GET /journal/events`, in the order of their first reports. */
  journalEvents(): E[];
  clearJournal(): void;
  /** Sets the fault if one is given. Returns the current fault. */
  faults(fault?: F): F;
}

/** Starts a created simulator on its own port. Rejects if the port is taken or the host is not local. */
export async function startSimulator<R, E, F extends AnyFault>(
  { app, journal, faults, close }: CreatedSimulator<R, E, F>,
  { host = '127.0.0.1', port = 9090 }: Pick<SimulatorOptions<unknown>, 'host' | 'port'>,
): Promise<RunningSimulator<R, E, F>> {
  const server = await startServer(app, { host, port });
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

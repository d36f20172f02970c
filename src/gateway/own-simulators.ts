import { describeError, type Logger } from '../logger.ts';
import type { JournalLimits } from '../simulators/kit/journal-store.ts';
import type { Simulator } from '../simulators/kit/simulator.ts';
import type { SideBySide } from '../simulators/side-by-side/side-by-side.ts';
import { isSimulated } from '../sites/stored-sites.ts';
import type { DashboardSiteStore } from '../storage/store/dashboard-sites.ts';

/** The journals hold data of real shoppers, and share the gateway's memory. */
const limits: JournalLimits = { journalRequests: 500, journalBytes: 4_000_000 };

type StoredConnections = Pick<DashboardSiteStore, 'listDashboardConnections'>;

/**
 * The simulators that this gateway runs for connections of the dashboard: at most one per platform, on a free port of 127.0.0.1. They
 * start on an owner's request, or with the gateway if a stored connection needs one, and run until the gateway stops.
 */
export class OwnSimulators {
  readonly #running = new Map<string, Promise<SideBySide>>();
  readonly #ready = new Map<string, { readonly simulator: Simulator; readonly origin: string }>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Starts the simulator of a platform unless it runs. Returns false if there is none for this platform. */
  async start(destination: string): Promise<boolean> {
    // Most gateways run no simulator, so its code is loaded on demand.
    const [{ startSideBySide }, { simulators }] = await Promise.all([
      import('../simulators/side-by-side/side-by-side.ts'),
      import('../simulators/simulators.ts'),
    ]);
    const simulator = simulators.find(({ id }) => id === destination);
    if (!simulator) return false;
    const running =
      this.#running.get(destination) ??
      startSideBySide([simulator], { port: 0, values: { [destination]: simulator.demo.options }, limits });
    this.#running.set(destination, running);
    try {
      const { url } = await running;
      this.#ready.set(destination, { simulator, origin: new URL(url).origin });
    } catch (error) {
      this.#running.delete(destination);
      throw error;
    }
    return true;
  }

  /** Starts the simulators of all stored connections that need one. A failure is logged, and the gateway starts without it. */
  async startStored(store: StoredConnections): Promise<void> {
    for (const destination of await listSimulated(store)) {
      await this.start(destination).catch((error: unknown) =>
        this.#logger.error({ destination, error: describeError(error) }, 'simulator not started'),
      );
    }
  }

  /** Empties the journals of simulators to which no stored connection sends any more. */
  async clearUnused(store: StoredConnections): Promise<void> {
    const used = await listSimulated(store);
    await this.#clear((destination) => !used.has(destination));
  }

  /** Empties all journals: an erasure cannot find one person's requests in them. */
  clearAll(): Promise<void> {
    return this.#clear(() => true);
  }

  /** Returns the settings of a connection to a running simulator. */
  getSettings(destination: string): Readonly<Record<string, unknown>> | undefined {
    const ready = this.#ready.get(destination);
    return ready?.simulator.demo.settings(ready.origin);
  }

  /** Returns the URL of a running simulator's page. */
  getPageUrl(destination: string): string | undefined {
    const ready = this.#ready.get(destination);
    return ready && `${ready.origin}/${destination}/`;
  }

  hasOrigin(origin: string): boolean {
    return [...this.#ready.values()].some((ready) => ready.origin === origin);
  }

  async stop(): Promise<void> {
    for (const running of this.#running.values()) await (await running).close();
  }

  async #clear(isChosen: (destination: string) => boolean): Promise<void> {
    for (const [destination, running] of this.#running)
      if (isChosen(destination)) for (const { simulator } of (await running).platforms) simulator.clear();
  }
}

/** Returns the destinations of the stored connections that need a simulator. */
async function listSimulated(store: StoredConnections): Promise<ReadonlySet<string>> {
  const stored = (await store.listDashboardConnections()).filter(({ config }) => isSimulated(config));
  return new Set(stored.map(({ config }) => String(config.destination)));
}

import { randomInt } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, type Logger } from '../logger.ts';
import type { JournalLimits } from '../simulators/kit/journal-store.ts';
import type { Simulator } from '../simulators/kit/simulator.ts';
import type { SideBySide } from '../simulators/side-by-side/side-by-side.ts';
import { isSimulated } from '../sites/stored-sites.ts';
import type { DashboardSiteStore } from '../storage/ports/dashboard-sites.ts';

/** The journals hold data of real shoppers, and share the gateway's memory. */
const limits: JournalLimits = { journalRequests: 500, journalBytes: 4_000_000 };

/** The file in the data folder with the port of the simulators, so that their links stay valid after a restart. */
const portFile = 'simulators.port';
/** Ports for a first start: below those that Linux, macOS and Windows give to outgoing connections, which could take the port in between. */
const portRange = [20_000, 30_000] as const;

type StoredConnections = Pick<DashboardSiteStore, 'listDashboardConnections'>;

interface OwnSimulatorsDeps {
  readonly dataDir: string;
  readonly logger: Logger;
}

interface RunningSimulators extends SideBySide {
  readonly simulators: readonly Simulator[];
}

/**
 * The simulators that this gateway runs for connections of the dashboard: one per platform, all at one port of 127.0.0.1, which stays
 * theirs. They start on an owner's request, or with the gateway if a stored connection needs one, and run until the gateway stops.
 */
export class OwnSimulators {
  #starting: Promise<RunningSimulators> | undefined;
  #running: RunningSimulators | undefined;
  readonly #deps: OwnSimulatorsDeps;

  constructor(deps: OwnSimulatorsDeps) {
    this.#deps = deps;
  }

  /** Starts the simulators unless they run. Returns false if there is none for this platform. */
  async start(destination: string): Promise<boolean> {
    this.#starting ??= this.#listen();
    try {
      this.#running = await this.#starting;
    } catch (error) {
      this.#starting = undefined;
      throw error;
    }
    return this.#find(destination) !== undefined;
  }

  /** Starts the simulators if a stored connection needs one. A failure is logged, and the gateway starts without them. */
  async startStored(store: StoredConnections): Promise<void> {
    const [destination] = await listSimulated(store);
    if (destination === undefined) return;
    await this.start(destination).catch((error: unknown) =>
      this.#deps.logger.error({ error: describeError(error) }, 'simulators not started'),
    );
  }

  /** Empties the journals of simulators to which no stored connection sends any more. */
  async clearUnused(store: StoredConnections): Promise<void> {
    const used = await listSimulated(store);
    this.#clear((destination) => !used.has(destination));
  }

  /** Empties all journals: an erasure cannot find one person's requests in them. */
  clearAll(): void {
    this.#clear(() => true);
  }

  /** Returns the settings of a connection to a running simulator. */
  getSettings(destination: string): Readonly<Record<string, unknown>> | undefined {
    return this.#running && this.#find(destination)?.demo.settings(this.#running.url);
  }

  /** Returns the URL of a running simulator's page. */
  getPageUrl(destination: string): string | undefined {
    return this.#find(destination) && `${this.#running?.url}/${destination}/`;
  }

  hasOrigin(origin: string): boolean {
    return this.#running?.url === origin;
  }

  async stop(): Promise<void> {
    await (await this.#starting)?.close();
  }

  #find(destination: string): Simulator | undefined {
    return this.#running?.simulators.find(({ id }) => id === destination);
  }

  #clear(isChosen: (destination: string) => boolean): void {
    for (const { id, simulator } of this.#running?.platforms ?? []) if (isChosen(id)) simulator.clear();
  }

  async #listen(): Promise<RunningSimulators> {
    // Most gateways run no simulator, so its code is loaded on demand.
    const [{ startSideBySide }, { simulators }] = await Promise.all([
      import('../simulators/side-by-side/side-by-side.ts'),
      import('../simulators/simulators.ts'),
    ]);
    const values = Object.fromEntries(simulators.map(({ id, demo }) => [id, demo.options]));
    const known = readPort(this.#deps.dataDir);
    const ports = [...(known === undefined ? [] : [known]), randomInt(...portRange), randomInt(...portRange)];
    for (const port of ports) {
      const running = await startSideBySide(simulators, { port, values, limits }).catch((error: unknown) =>
        this.#deps.logger.warn({ port, error: describeError(error) }, 'simulator port taken'),
      );
      if (running) return this.#keep(running, simulators);
    }
    return this.#keep(await startSideBySide(simulators, { port: 0, values, limits }), simulators);
  }

  #keep(running: SideBySide, simulators: readonly Simulator[]): RunningSimulators {
    const { dataDir } = this.#deps;
    if (readPort(dataDir) !== running.port) {
      const file = join(dataDir, portFile);
      writeFileSync(`${file}.new`, `${running.port}\n`, { mode: 0o600, flush: true });
      renameSync(`${file}.new`, file);
    }
    return { ...running, simulators };
  }
}

function readPort(dataDir: string): number | undefined {
  const file = join(dataDir, portFile);
  const port = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

/** Returns the destinations of the stored connections that need a simulator. */
async function listSimulated(store: StoredConnections): Promise<ReadonlySet<string>> {
  const stored = (await store.listDashboardConnections()).filter(({ config }) => isSimulated(config));
  return new Set(stored.map(({ config }) => String(config.destination)));
}

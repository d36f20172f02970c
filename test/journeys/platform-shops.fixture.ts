import type { PacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { makeFolder, post } from '../gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from '../paced-gateway.fixture.ts';

/** A platform's simulator, as far as all platforms have it. */
export interface PlatformSimulator {
  readonly url: string;
  journalEvents(): readonly PlatformEvent[];
  clearJournal(): void;
  close(): Promise<void>;
}

/** An event as a platform counts it, with the reports of the gateway and of the platform's tag. */
export interface PlatformEvent {
  readonly eventName?: string | null | undefined;
  /** Google's name of an event. */
  readonly actionName?: string;
  readonly server: readonly unknown[];
  readonly browser: readonly unknown[];
  readonly counted: string;
}

/** A shop that reports to platforms. */
export interface PlatformShop {
  readonly simulators: readonly PlatformSimulator[];
  /** Members of its site in the config file: `connections`, `tags`. */
  readonly site: Readonly<Record<string, unknown>>;
}

/** One gateway for shops that report to different platforms. Each shop is a site. */
export class PlatformShops<Shop extends string> {
  readonly gateway: PacedGateway;
  readonly clock: PacedClock;
  readonly #shops: Readonly<Record<Shop, PlatformShop>>;
  readonly #end: () => void;

  private constructor(gateway: PacedGateway, clock: PacedClock, shops: Readonly<Record<Shop, PlatformShop>>, end: () => void) {
    this.gateway = gateway;
    this.clock = clock;
    this.#shops = shops;
    this.#end = end;
  }

  static async open<Shop extends string>(
    shops: Readonly<Record<Shop, PlatformShop>>,
    clock: PacedClock,
  ): Promise<PlatformShops<Shop>> {
    const folder = makeFolder();
    const sites = Object.entries<PlatformShop>(shops).map(([id, shop]) => ({
      id,
      domains: ['127.0.0.1'],
      defaultCountry: 'US',
      defaultCurrency: 'USD',
      writeKey: getWriteKey(id),
      secretKeys: [getSecretKey(id)],
      consent: { policy: 'strict' },
      ...shop.site,
    }));
    const gateway = await startPacedGateway(folder.writeConfig('http://127.0.0.1', { sites }), clock);
    return new PlatformShops(gateway, clock, shops, () => folder.remove());
  }

  getSimulators(shop: Shop): readonly PlatformSimulator[] {
    return this.#shops[shop].simulators;
  }

  clearJournals(): void {
    for (const simulator of this.#listSimulators()) simulator.clearJournal();
  }

  /** Sends events as the shop's server. */
  post(shop: Shop, events: readonly unknown[]) {
    return post(this.gateway.url, events, getSecretKey(shop));
  }

  /** Returns the outcome of each of these events at the shop's platform. */
  async readOutcomes(shop: Shop, ids: readonly string[]): Promise<Readonly<Record<string, string | undefined>>> {
    const { events } = await this.gateway.callApi('GET /api/sites/:site/events', { site: shop, limit: 200 });
    return Object.fromEntries(
      ids.map((id) => {
        const found = events.find((event) => 'id' in event && event.id === id);
        return [id, found && 'outcomes' in found ? found.outcomes[0]?.outcome : undefined];
      }),
    );
  }

  async close(): Promise<void> {
    await this.gateway.stop();
    for (const simulator of this.#listSimulators()) await simulator.close();
    this.#end();
  }

  #listSimulators(): readonly PlatformSimulator[] {
    return Object.values<PlatformShop>(this.#shops).flatMap(({ simulators }) => simulators);
  }
}

export const getWriteKey = (shop: string) => `wk_${shop}_0123`;
const getSecretKey = (shop: string) => `sk_${shop}_0123456789abcdef`;

import { afterAll } from 'vitest';
import { createPacedClock, type PacedClock } from '../src/clock/paced-clock.fixture.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../src/simulators/microsoft/simulator.ts';
import { makeFolder } from './gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from './paced-gateway.fixture.ts';

/** A site of a gateway that the tests of a file share, with a connection to Microsoft's simulator. */
export interface SharedSite {
  readonly id: string;
  readonly writeKey: string;
  readonly secretKey: string;
  readonly gateway: PacedGateway;
  readonly clock: PacedClock;
  /** The path of the config file. */
  readonly config: string;
  /** Returns the site's events that Microsoft received. */
  journalEvents(): ReturnType<MicrosoftSimulator['journalEvents']>;
}

interface KindOfSite {
  /** How many sites of the kind the tests take. */
  readonly count: number;
  readonly settings: Readonly<Record<string, unknown>>;
}

const token = 'good-token';

/**
 * Returns a function that takes a site which no test has had. The first call starts the gateway of the file: a start costs as much as a test,
 * and a site little.
 */
export function shareGateway<Kind extends string>(
  kinds: Readonly<Record<Kind, KindOfSite>>,
): (kind: NoInfer<Kind>) => Promise<SharedSite> {
  let backend: ReturnType<typeof startBackend> | undefined;
  afterAll(async () => (await backend)?.close());
  return async (kind) => {
    backend ??= startBackend(kinds);
    return (await backend).take(kind);
  };
}

async function startBackend(kinds: Readonly<Record<string, KindOfSite>>) {
  const sites = Object.entries(kinds)
    .flatMap(([kind, { count, settings }]) => Array.from({ length: count }, () => ({ kind, settings })))
    .map((one, index) => {
      const nth = String(index).padStart(6, '0');
      const keys = { writeKey: `wk_shared_${nth}`, secretKey: `sk_shared_0123456789_${nth}` };
      return { ...one, id: `shop-${nth}`, tagId: `187${nth}`, ...keys };
    });
  const clock = createPacedClock();
  const tokens = Object.fromEntries(sites.map(({ tagId }) => [tagId, token]));
  const microsoft = await startMicrosoftSimulator({ port: 0, tokens, now: clock.now });
  const folder = makeFolder();
  const config = folder.writeConfig(microsoft.url, {
    sites: sites.map(({ id, tagId, writeKey, secretKey, settings }) => ({
      ...{ id, writeKey, secretKeys: [secretKey], domains: ['shop.example'], defaultCountry: 'US', defaultCurrency: 'USD' },
      connections: [{ id: 'bing', destination: 'microsoft', settings: { tagId, token, endpoint: microsoft.url } }],
      ...settings,
    })),
  });
  const gateway = await startPacedGateway(config, clock);
  return {
    take(kind: string): SharedSite {
      const index = sites.findIndex((one) => one.kind === kind);
      const [site] = index < 0 ? [] : sites.splice(index, 1);
      if (!site) throw new Error(`no site of the kind ${kind} is left`);
      const { id, writeKey, secretKey, tagId } = site;
      const journalEvents = () => microsoft.journalEvents().filter((event) => event.tagId === tagId);
      return { id, writeKey, secretKey, gateway, clock, config, journalEvents };
    },
    async close() {
      await gateway.stop();
      await microsoft.close();
      folder.remove();
    },
  };
}

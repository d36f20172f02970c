import type { ApiClient } from '../../src/api/client.ts';
import { eventually, type RunningGateway } from '../gateway.fixture.ts';
import type { Point } from './crash-points.ts';
import { type Driver, deadOf } from './oracle.ts';
import type { Vendor } from './scripted-vendor.ts';

/** What a scene has to do with. */
export interface Stage {
  readonly gateway: RunningGateway;
  readonly ask: ApiClient;
  readonly driver: Driver;
  readonly vendor: Vendor;
  readonly dataDir: string;
}

/** One named point, what leads up to it, and what has to be so when the gateway is back. */
export interface Scene {
  readonly name: string;
  /** Runs in `npm test` too. */
  readonly inPart?: true;
  readonly point: Point | ((vendorPort: number) => Point);
  /** Before the point is armed. */
  readonly before?: (stage: Stage) => Promise<void>;
  /** Leads up to the point; what it waits for may break off there. */
  readonly act: (stage: Stage) => Promise<unknown>;
  /** Once the gateway is back; says which obligations it has told of. */
  readonly back?: (stage: Stage) => Promise<ReadonlySet<string> | undefined>;
  /** Requests that may come to the platform again. */
  readonly doubles?: 1;
  /** Requests whose answer nobody knows. */
  readonly inDoubt?: 1;
  /** Some of its events are so old that the first sweep takes them away. */
  readonly startsOld?: true;
}

export const site = 'shop';
export const connection = 'bing';

/** For what comes by itself. */
export const wait = () => new Promise<never>(() => undefined);

/** Every tenth event is refused by name. */
const isRefused = (id: string) => id.endsWith('7');
export const refuseSome = async ({ vendor }: Stage) => {
  vendor.react = ({ events }) => {
    const details = events.flatMap(({ eventId }, index) =>
      isRefused(eventId)
        ? [{ index, propertyName: 'eventName', errorMessage: 'refused', errorCode: 'Invalid', isWarning: false }]
        : [],
    );
    if (details.length === 0) return undefined;
    return { status: 400, body: { error: { code: 'ValidationError', message: 'see details', details: details.slice(0, 10) } } };
  };
};
/** The refused, once all of them are dead letters. */
export const theRefused = async ({ ask, driver }: Stage) => {
  const refused = new Set([...driver.obligations].filter(isRefused));
  await eventually(async () => (await deadOf(ask, site)).size >= refused.size);
  return new Set([...(await deadOf(ask, site))].filter(([, cause]) => cause === 'rejected').map(([id]) => id));
};

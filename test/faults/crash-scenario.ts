import type { ApiClient } from '../../src/api/client.ts';
import { eventually } from '../gateway.fixture.ts';
import type { CrashPoint } from './crash-points.ts';
import { type Driver, getDeadLetterCauses } from './oracle.ts';
import type { Vendor } from './scripted-vendor.ts';

/** The running parts that a scenario uses. */
export interface ScenarioContext {
  readonly gateway: { readonly url: string; stop(): Promise<unknown> };
  readonly ask: ApiClient;
  readonly driver: Driver;
  readonly vendor: Vendor;
  readonly dataDir: string;
}

/** A named crash point, the steps that lead to it, and the checks after the restart. */
export interface CrashScenario {
  readonly name: string;
  /** Runs in `npm test` too. */
  readonly inPart?: true;
  readonly point: CrashPoint | ((vendorPort: number) => CrashPoint);
  /** Runs before the point is armed. */
  readonly prepare?: (context: ScenarioContext) => Promise<void>;
  /** Leads to the point. May reject, because the gateway is killed there. */
  readonly act: (context: ScenarioContext) => Promise<unknown>;
  /** Runs after the restart. Returns the obligations that the gateway reports as dead letters. */
  readonly afterRestart?: (context: ScenarioContext) => Promise<ReadonlySet<string> | undefined>;
  /** Requests that may reach the platform twice. Default 0. */
  readonly maxRepeats?: 1;
  /** Requests whose outcome may be unknown to the gateway. Default 0. */
  readonly maxInDoubt?: 1;
  /** Whether the data folder has events that the first retention sweep removes. */
  readonly hasExpiredEvents?: true;
}

export const site = 'shop';
export const connection = 'bing';

/** Never resolves. For points that the gateway reaches by itself. */
export const waitForever = () => new Promise<never>(() => undefined);

const isRejected = (id: string) => id.endsWith('7');
/** Makes the platform reject every tenth event, with its index. */
export const rejectSome = async ({ vendor }: ScenarioContext) => {
  vendor.react = ({ events }) => {
    const details = events.flatMap(({ eventId }, index) =>
      isRejected(eventId)
        ? [{ index, propertyName: 'eventName', errorMessage: 'rejected', errorCode: 'Invalid', isWarning: false }]
        : [],
    );
    if (details.length === 0) return undefined;
    return { status: 400, body: { error: { code: 'ValidationError', message: 'see details', details: details.slice(0, 10) } } };
  };
};
/** Waits until all rejected events are dead letters. Returns their ids. */
export const waitForRejected = async ({ ask, driver }: ScenarioContext) => {
  const rejected = new Set([...driver.obligations].filter(isRejected));
  await eventually(async () => (await getDeadLetterCauses(ask, site)).size >= rejected.size);
  return new Set([...(await getDeadLetterCauses(ask, site))].filter(([, cause]) => cause === 'rejected').map(([id]) => id));
};

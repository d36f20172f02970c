import { afterEach, beforeEach, expect, vi } from 'vitest';
import { systemClock } from '../src/clock/clock.ts';
import { convey } from './cli.fixture.ts';
import { startVendor, type Vendor } from './faults/scripted-vendor.ts';
import { type Folder, makeFolder } from './gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from './paced-gateway.fixture.ts';

/** The time of a runbook, in which metrics are read some times. They are up to 5 s old. */
export const runbookTimeoutMs = 120_000;
const wait = { timeout: 40_000, interval: 500 };

/** Starts a platform, and gateways that end with the test. */
export function useRunbookScene() {
  let vendor: Vendor;
  let cleanups: (() => Promise<unknown> | unknown)[];
  beforeEach(async () => {
    vendor = await startVendor();
    cleanups = [vendor.close];
  });
  afterEach(async () => {
    for (const cleanUp of cleanups.reverse()) await cleanUp();
    vi.unstubAllEnvs();
  });
  return {
    vendor: () => vendor,
    cleanUp: (step: () => Promise<unknown>) => void cleanups.push(step),
    /** Starts a gateway with an empty folder. `run` runs a command on it. */
    async start(changes: Parameters<Folder['writeConfig']>[1] = {}, clock = systemClock) {
      const folder = makeFolder();
      const file = folder.writeConfig(vendor.url, { site: { purchaseHoldSeconds: 0 }, ...changes });
      const { CONVEY_SECRETS_KEY: key } = process.env;
      const gateway = await startPacedGateway(file, clock, { env: key === undefined ? {} : { CONVEY_SECRETS_KEY: key } });
      cleanups.push(folder.remove, gateway.stop);
      return { ...gateway, run: (...args: readonly string[]) => convey(...args, '--config', file) };
    },
    expectDelivered: (...ids: readonly string[]) =>
      expect.poll(() => ids.filter((id) => !vendor.acceptedEvents.has(id)), wait).toEqual([]),
  };
}

/** Returns the value of a series, and 0 if there is none. */
export async function readSeries({ dashboardUrl }: Pick<PacedGateway, 'dashboardUrl'>, series: string): Promise<number> {
  const text = await (await fetch(`${dashboardUrl}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return Number(line?.split(' ').at(-1) ?? 0);
}

/** Resolves once a series has a value. */
export const expectSeries = (gateway: Pick<PacedGateway, 'dashboardUrl'>, series: string, value: number) =>
  expect.poll(() => readSeries(gateway, series), wait).toBe(value);

export const countLines = ({ lines }: Pick<PacedGateway, 'lines'>, message: string) =>
  lines.filter(({ msg }) => msg === message).length;

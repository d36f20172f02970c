import { expect, it } from 'vitest';
import { createSteppedClock } from '../clock/stepped-clock.ts';
import type { Config } from '../config/config.ts';
import type { Finding } from '../doctor/finding.ts';
import type { StoreNode } from '../storage/ports/nodes.ts';
import { checkDelivery } from './check-delivery.ts';

const store = 'postgres://convey@127.0.0.1:1/convey';
const buildNode = (...roles: StoreNode['roles']): StoreNode => ({ id: roles.join(), sitesDigest: '', roles });

/** Runs the check with a clock that passes a second at each look. */
async function check(
  config: Pick<Config, 'store' | 'roles'>,
  isRunning: boolean,
  look: (second: number) => readonly StoreNode[],
) {
  const clock = createSteppedClock(0);
  let looks = 0;
  const findings: Finding[] = [];
  const readNodes = async () => {
    const nodes = look(looks);
    looks += 1;
    setImmediate(() => clock.moveTo(clock.now() + 1_000));
    return nodes;
  };
  let opened = 0;
  const open = async () => {
    opened += 1;
    return {
      list: readNodes,
      close: async () => {
        opened -= 1;
      },
    };
  };
  for await (const finding of checkDelivery(config, isRunning, open, clock)) findings.push(finding);
  expect(opened).toBe(0);
  return { findings, looks };
}

const waits = { level: 'ok', subject: 'roles', says: 'Waiting up to 35 s for a gateway that delivers' };

it.each([
  ['problem', 'a gateway runs', true],
  ['warning', 'none runs', false],
] as const)(
  'the check finds no gateway that delivers after the time of a takeover: a %s if %s here',
  async (level, _, isRunning) => {
    const { findings, looks } = await check({ store, roles: ['collect'] }, isRunning, () => [buildNode('collect', 'admin')]);
    expect(findings).toEqual([
      waits,
      { level, subject: 'roles', says: expect.stringMatching(/^No gateway with the role `deliver` runs\..*Start a gateway/) },
    ]);
    expect(looks).toBe(36);
  },
);

it('the check is content with a gateway that delivers, also one that restarts', async () => {
  const restarting = (second: number) => (second < 20 ? [] : [buildNode('deliver')]);
  expect(await check({ store, roles: ['collect'] }, true, restarting)).toEqual({ findings: [waits], looks: 21 });
  expect(await check({ store, roles: ['deliver'] }, true, () => [buildNode('deliver')])).toEqual({ findings: [], looks: 1 });
});

it('the check does not look when this gateway will deliver, and leaves a database that is away to another check', async () => {
  const never = () => {
    throw new Error('away');
  };
  expect((await check({ store, roles: ['deliver'] }, false, never)).looks).toBe(0);
  expect((await check({ roles: ['collect', 'deliver', 'admin'] }, true, never)).looks).toBe(0);
  expect((await check({ store, roles: ['collect'] }, true, never)).findings).toEqual([]);
});

import { afterEach, describe, expect, it } from 'vitest';
import type { MicrosoftSimulator, MicrosoftSimulatorOptions } from '../simulator.ts';
import { startMicrosoftSimulator } from '../simulator.ts';

const now = 1_744_430_100_000;

let simulator: MicrosoftSimulator | undefined;
afterEach(() => simulator?.close());

async function start(options: MicrosoftSimulatorOptions = {}): Promise<MicrosoftSimulator> {
  simulator = await startMicrosoftSimulator({ port: 0, now: () => now, ...options });
  return simulator;
}

const get = ({ url }: MicrosoftSimulator, path: string): Promise<Response> => fetch(`${url}${path}`);

function sendPurchase({ url }: MicrosoftSimulator, tagId: string): Promise<Response> {
  const purchase = {
    eventType: 'custom',
    eventId: 'a',
    eventName: 'purchase',
    eventTime: now / 1_000,
    userData: { externalId: 'x' },
  };
  const headers = { authorization: 'Bearer t', 'content-type': 'application/json' };
  return fetch(`${url}/v1/${tagId}/events`, { method: 'POST', headers, body: JSON.stringify({ data: [purchase] }) });
}

describe('goals', () => {
  const setGoals = ({ url }: MicrosoftSimulator, goals: unknown, headers = {}) =>
    fetch(`${url}/goals`, { method: 'POST', headers, body: JSON.stringify(goals) });
  const goals = [
    { name: 'Sale', action: 'PURCHASE' },
    { name: 'Any order', action: 'purchase' },
  ];

  it('are five by default; new goals apply to stored events', async () => {
    const running = await start();
    expect(running.goals().map(({ action }) => action)).toEqual(['purchase', 'add_to_cart', 'begin_checkout', 'lead', 'sign_up']);
    await sendPurchase(running, '187012345');
    const answer = await setGoals(running, { goals });
    expect([answer.status, await answer.json(), await (await get(running, '/goals')).json()]).toEqual([
      200,
      { goals },
      { goals },
    ]);
    expect(running.journalEvents()).toMatchObject([
      { goals: ['Sale', 'Any order'], why: expect.stringContaining('Counts for the goals Sale and Any order') },
    ]);
    running.goals([]);
    expect(running.journalEvents()).toMatchObject([
      { counted: 'server', goals: [], reason: 'no-goal', why: 'Not a conversion: no goal matches the action purchase.' },
    ]);
  });

  it('count the events of their own tag only, if they have one', async () => {
    const running = await start({ goals: [{ name: 'Sale', action: 'purchase', tagId: '5' }] });
    for (const tagId of ['5', '6']) await sendPurchase(running, tagId);
    expect(running.journalEvents().map(({ tagId, goals: counting }) => [tagId, counting])).toEqual([
      ['5', ['Sale']],
      ['6', []],
    ]);
  });

  it('can be set at the start', async () => {
    expect((await start({ goals })).goals()).toEqual(goals);
  });

  it.each([
    [{ goals: [{ name: 'secret-value' }] }, 'goals.0.action'],
    [{ goals: [...goals, { name: 'Sale', action: 'secret-value' }] }, 'goals'],
    ['secret-value', ''],
  ])('are rejected when they are invalid: %j', async (bad, field) => {
    const running = await start({ goals });
    const answer = await setGoals(running, bad);
    const text = await answer.text();
    expect([answer.status, JSON.parse(text)]).toMatchObject([400, { error: { code: 'BadGoals', issues: [{ field }] } }]);
    expect(text).not.toContain('secret-value');
    expect((await setGoals(running, { goals: [] }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect(running.goals()).toEqual(goals);
  });
});

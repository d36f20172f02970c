import { expect, onTestFinished, test } from 'vitest';
import { exampleSimulator } from './simulator.ts';

const event = { event_id: 'l-1', event: 'Lead', at: 1_795_514_398, click: 'ex-1' };

async function start() {
  const simulator = await exampleSimulator.start({ token: 't-1', port: 0 });
  onTestFinished(simulator.close);
  const send = async (token: string, sent: object) => {
    const headers = { authorization: `Bearer ${token}` };
    const body = JSON.stringify({ test: false, events: [sent] });
    return (await fetch(`${simulator.url}/2026-11/events`, { method: 'POST', headers, body })).status;
  };
  return { simulator, send };
}

test('the simulator merges the reports of browser and server', async () => {
  const { simulator, send } = await start();
  expect((await fetch(`${simulator.url}/hit?name=Lead&id=l-1`)).status).toBe(204);
  expect(await send('t-1', event)).toBe(200);
  expect(simulator.journalEvents()).toMatchObject([{ eventId: 'l-1', isMerged: true, server: [{ event }] }]);
  expect(await (await fetch(simulator.url)).text()).toContain('merged');
});

test('the simulator refuses another token, and an event that is malformed', async () => {
  const { simulator, send } = await start();
  expect(await send('t-2', event)).toBe(401);
  expect(await send('t-1', { ...event, at: '1' })).toBe(400);
  expect(simulator.journalEvents()).toEqual([]);
});

test('the simulator answers as its fault requires', async () => {
  const { simulator, send } = await start();
  simulator.faults({ mode: '500', count: 1 });
  expect([await send('t-1', event), await send('t-1', event)]).toEqual([500, 200]);
});

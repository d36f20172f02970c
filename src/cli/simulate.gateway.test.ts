import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { convey } from '../../test/cli.fixture.ts';
import { conveyScript } from '../../test/gateway.fixture.ts';

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});

/** Starts `convey simulate`. Resolves with its first output, of stdout or stderr. */
async function simulate(platform: string, ...options: string[]): Promise<string> {
  const child = spawn(process.execPath, [conveyScript, 'simulate', platform, '--port', '0', ...options]);
  const ended = once(child, 'exit');
  ending.push(() => {
    child.kill();
    return ended;
  });
  const readOutput = (stream: NodeJS.ReadableStream) => once(stream, 'data').then(([chunk]) => String(chunk));
  return Promise.race([readOutput(child.stdout), readOutput(child.stderr)]);
}

async function events(...options: string[]): Promise<unknown> {
  const url = /http:\S+/.exec(await simulate('microsoft', ...options))?.[0] ?? '';
  const event = { eventType: 'custom', eventName: 'purchase', eventId: 'ord-1', eventTime: Math.floor(Date.now() / 1_000) };
  await fetch(`${url}/action/0?ti=187012345&evt=custom&ea=purchase&event_id=ord-1`);
  // The window of no seconds is over at the next millisecond.
  const answeredAt = Date.now();
  await expect.poll(() => Date.now()).toBeGreaterThan(answeredAt);
  await fetch(`${url}/v1/187012345/events`, {
    method: 'POST',
    headers: { authorization: 'Bearer any-token', 'content-type': 'application/json' },
    body: JSON.stringify({ data: [{ ...event, userData: { anonymousId: 'b171a9b06ce011ecafcd1b209be8601b' } }] }),
  });
  return (await fetch(`${url}/journal/events`)).json();
}

it('simulate microsoft merges browser and server reports by the policy and window of the options', async () => {
  expect(await events()).toMatchObject({ events: [{ counted: 'browser' }] });
  expect(await events('--dedup-policy', 'server-wins')).toMatchObject({ events: [{ counted: 'server' }] });
  expect(await events('--dedup-window', '0')).toMatchObject({ events: [{ counted: 'browser' }, { counted: 'server' }] });
});

it.each([
  ['microsoft', '--dedup-window', '-1', 'The --dedup-window is not a whole number of seconds'],
  ['microsoft', '--dedup-policy', 'both', 'Allowed choices are first-wins, server-wins, browser-wins'],
  ['meta', '--token', '12=EAA', 'A --token is not DATASET=TOKEN'],
])('simulate %s refuses %s %s', async (platform, option, value, expected) => {
  const { code, stderr } = await convey('simulate', platform, `${option}=${value}`);
  expect([code, stderr]).toEqual([1, expect.stringContaining(expected)]);
});

it('simulate meta checks tokens, and strict rules when they are asked for', async () => {
  const output = await simulate('meta', '--token=1234567890123456=EAAone', '--token=6543210987654321=EAAtwo', '--strict');
  expect(output).toMatch(/^Meta simulator at http:\S+ \(open it/);
  const url = /http:\S+/.exec(output)?.[0] ?? '';
  const send = async (token: string, source: Readonly<Record<string, string>> = {}): Promise<unknown> => {
    const event = { event_name: 'Lead', event_time: Math.floor(Date.now() / 1_000), event_id: 'lead-1', ...source };
    const sent = { ...event, user_data: { external_id: 'customer-1', client_user_agent: 'Mozilla/5.0' } };
    const answer = await fetch(`${url}/v26.0/6543210987654321/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ data: [{ action_source: 'website', ...sent }] }),
    });
    return answer.json();
  };
  expect(await send('EAAone')).toMatchObject({ error: { code: 100, error_subcode: 33 } });
  expect(await send('EAAtwo')).toMatchObject({ error: { code: 100, error_subcode: 2_804_019 } });
  expect(await send('EAAtwo', { event_source_url: 'https://shop.example/' })).toMatchObject({ events_received: 1 });
});

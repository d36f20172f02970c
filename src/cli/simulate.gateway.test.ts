import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});

/** Starts `convey simulate microsoft`. Resolves with its first output, of stdout or stderr. */
async function simulate(...options: string[]): Promise<string> {
  const child = spawn(process.execPath, ['bin/convey.js', 'simulate', 'microsoft', '--port', '0', ...options], { cwd: root });
  const ended = once(child, 'exit');
  ending.push(() => {
    child.kill();
    return ended;
  });
  const readOutput = (stream: NodeJS.ReadableStream) => once(stream, 'data').then(([chunk]) => String(chunk));
  return Promise.race([readOutput(child.stdout), readOutput(child.stderr)]);
}

async function events(...options: string[]): Promise<unknown> {
  const url = /http:\S+/.exec(await simulate(...options))?.[0] ?? '';
  const event = { eventType: 'custom', eventName: 'purchase', eventId: 'ord-1', eventTime: Math.floor(Date.now() / 1_000) };
  await fetch(`${url}/action/0?ti=187012345&evt=custom&ea=purchase&event_id=ord-1`);
  // The window of no seconds is over at the next millisecond.
  await new Promise((resolve) => setTimeout(resolve, 20));
  await fetch(`${url}/v1/187012345/events`, {
    method: 'POST',
    headers: { authorization: 'Bearer any-token', 'content-type': 'application/json' },
    body: JSON.stringify({ data: [{ ...event, userData: { anonymousId: 'b171a9b06ce011ecafcd1b209be8601b' } }] }),
  });
  return (await fetch(`${url}/journal/events`)).json();
}

it('merges browser and server reports by the policy and window of the options', async () => {
  expect(await events()).toMatchObject({ events: [{ counted: 'browser' }] });
  expect(await events('--dedup-policy', 'server-wins')).toMatchObject({ events: [{ counted: 'server' }] });
  expect(await events('--dedup-window', '0')).toMatchObject({ events: [{ counted: 'browser' }, { counted: 'server' }] });
});

it.each([
  ['--dedup-window', '-1', 'The --dedup-window is not a whole number of seconds'],
  ['--dedup-policy', 'both', 'Allowed choices are first-wins, server-wins, browser-wins'],
])('refuses %s %s', async (option, value, expected) => {
  expect(await simulate(`${option}=${value}`)).toContain(expected);
});

import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { type DatabaseWatch, findDatabaseAway, guardDatabase } from './database-guard.ts';

const inDoubt = 'The change may have been carried out: look before you repeat it.';

/** Creates an app with a slow route, a failing one and a quick one. */
function createApp(watch: Partial<DatabaseWatch>) {
  const begun: string[] = [];
  const { promise: silence, resolve: end } = Promise.withResolvers<void>();
  const full: DatabaseWatch = {
    isSuspect: () => false,
    answers: async () => false,
    describeIntake: (showsNumbers) => `Events wait${showsNumbers ? ': 7' : ''}.`,
    ...watch,
  };
  const app = new Hono();
  app.use(guardDatabase(full, 1));
  app.all('/quick', (c) => c.json({ method: c.req.method }));
  app.all('/slow', async (c) => {
    begun.push(c.req.method);
    await silence;
    return c.json({ slow: true });
  });
  app.all('/failing', () => {
    throw new Error('canary');
  });
  app.onError(async (_, c) => (await findDatabaseAway(c, full)) ?? c.json({ error: 'internal' }, 500));
  const ask = async (method: string, path: string, env: object = {}) => {
    const response = await app.request(path, { method }, env);
    const { error, issues = [] } = await response.json();
    const messages = issues.map(({ message }: { message: string }) => message);
    return { status: response.status, code: error?.code, messages, retryAfter: response.headers.get('retry-after') };
  };
  return { ask, begun, end };
}

it('a request without an answer ends when the database does not answer either', async () => {
  const { ask, end } = createApp({});
  expect(await ask('GET', '/slow')).toEqual({
    status: 503,
    code: 'database-away',
    messages: ['Events wait: 7.'],
    retryAfter: '5',
  });
  expect(await ask('POST', '/slow')).toMatchObject({ status: 503, messages: [inDoubt, 'Events wait: 7.'] });
  end();
});

it('a request that only takes long goes on while the database answers', async () => {
  let looks = 0;
  const { ask, end } = createApp({
    answers: async () => {
      looks += 1;
      if (looks === 3) end();
      return true;
    },
  });
  expect(await ask('POST', '/slow')).toMatchObject({ status: 200 });
  expect(looks).toBeGreaterThanOrEqual(3);
});

it('a change is not begun when the database is known to be away', async () => {
  const { ask, begun } = createApp({ isSuspect: () => true });
  expect(await ask('POST', '/slow')).toMatchObject({ status: 503, messages: ['Nothing was changed.', 'Events wait: 7.'] });
  expect(await ask('GET', '/slow')).toMatchObject({ status: 503, messages: ['Events wait: 7.'] });
  expect(begun).toEqual([]);
  expect(await createApp({ isSuspect: () => true, answers: async () => true }).ask('GET', '/quick')).toMatchObject({
    status: 200,
  });
});

it('a fault is explained by the database only while it does not answer', async () => {
  expect(await createApp({}).ask('DELETE', '/failing')).toMatchObject({ status: 503, messages: [inDoubt, 'Events wait: 7.'] });
  expect(await createApp({ answers: async () => true }).ask('DELETE', '/failing')).toMatchObject({ status: 500 });
  expect(await createApp({}).ask('GET', '/quick')).toMatchObject({ status: 200 });
});

it('an account gets no numbers of the gateway', async () => {
  expect(await createApp({}).ask('GET', '/failing', { account: 'vic' })).toMatchObject({ messages: ['Events wait.'] });
});

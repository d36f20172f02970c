import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { convey } from '../cli.fixture.ts';
import { eventually, type Folder, makeFolder, post, purchase, startSink } from '../gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from '../paced-gateway.fixture.ts';

/** Alerts reach chat services, mailboxes and webhooks: real servers on this machine, which record each message. */

interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function startChatServices() {
  const received = new Map<string, Received[]>();
  const statuses = new Map<string, number>();
  const server = createServer(async (incoming, outgoing) => {
    const name = (incoming.url ?? '').slice(1);
    const body = await text(incoming);
    const status = statuses.get(name) ?? 200;
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([key, value]) => [key, String(value)]));
    if (status === 200) received.set(name, [...(received.get(name) ?? []), { headers, body }]);
    outgoing.writeHead(status).end('{"email":"jane.doe@example.com"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: (name: string) => `http://127.0.0.1:${port}/${name}`,
    of: (name: string) => received.get(name) ?? [],
    respond: (name: string, status: number) => statuses.set(name, status),
    close: () => server.close(),
  };
}

async function startMailServer() {
  const mails: string[] = [];
  let isDown = false;
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      username === 'convey' && password === 'mail-secret' ? done(null, { user: username }) : done(new Error('refused')),
    onMailFrom: (_address, _session, done) =>
      done(isDown ? Object.assign(new Error('mailbox of jane.doe@example.com is busy'), { responseCode: 451 }) : null),
    onData: (stream, _session, done) => {
      text(stream).then((mail) => {
        mails.push(mail);
        done();
      }, done);
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    setDown: (down: boolean) => {
      isDown = down;
    },
    close: () => server.close(),
  };
}

const secret = `whsec_${Buffer.from('a signing key of thirty two bytes').toString('base64')}`;
const dayMs = 86_400_000;
/** Noon, so that the fast hours of a test end on the same day. */
const clock = createPacedClock(1, Date.now() - (Date.now() % dayMs) + dayMs / 2);
/** A round of 60 s takes a fifth of a second. A message that is sent for 12 minutes counts as lost, which is 2.4 s. */
const fastPace = 300;
const services = { chat: startChatServices(), mail: startMailServer(), vendor: startSink() };
let folder: Folder;
let config: string;
let gateway: PacedGateway;

beforeAll(async () => {
  // Loading the code of the first mail must not take that long.
  await import('../../src/alerts/channels/email.ts');
  const [chat, mail, vendor] = await Promise.all([services.chat, services.mail, services.vendor]);
  folder = makeFolder();
  config = folder.writeConfig(vendor.url, {
    alerts: {
      channels: [
        { id: 'slack', type: 'slack', url: chat.url('slack') },
        { id: 'teams', type: 'teams', url: chat.url('teams') },
        { id: 'discord', type: 'discord', url: chat.url('discord') },
        { id: 'hook', type: 'webhook', url: chat.url('hook'), secrets: [secret] },
        {
          id: 'mail',
          type: 'email',
          host: '127.0.0.1',
          port: mail.port,
          security: 'none',
          user: 'convey',
          password: 'mail-secret',
          from: 'Convey <convey@shop.example>',
          to: ['ops@shop.example'],
        },
      ],
      rules: [{ on: 'paused', threshold: 2 }],
      digest: 'daily',
    },
  });
  gateway = await startPacedGateway(config, clock);
});

afterAll(async () => {
  await gateway.stop();
  const [chat, mail, vendor] = await Promise.all([services.chat, services.mail, services.vendor]);
  chat.close();
  mail.close();
  await vendor.close();
  folder.remove();
});

const act = (action: 'pause' | 'resume') =>
  gateway.callApi('POST /api/sites/:site/connections/:connection/:action', { site: 'shop', connection: 'bing', action });

it('a paused connection is reported once, also after a restart and by channels that failed, and so is its recovery', {
  timeout: 120_000,
}, async () => {
  const [chat, mail] = await Promise.all([services.chat, services.mail]);
  const countOf = (name: string, part: string) => chat.of(name).filter(({ body }) => body.includes(part)).length;
  const countMails = (subject: string) => mail.mails.filter((one) => one.includes(`Subject: ${subject}`)).length;
  await post(gateway.url, [
    purchase('ord-1', { user: { email: 'jane.doe@example.com', anonymousId: 'b171a9b06ce011ecafcd1b209be8601b' } }),
  ]);
  mail.setDown(true);
  chat.respond('discord', 404);
  await act('pause');
  clock.pace(fastPace);

  const began = 'shop: Microsoft Advertising is paused';
  expect(await eventually(() => ['slack', 'teams', 'hook'].every((name) => countOf(name, began) > 0))).toBe(true);
  const failing = (channel: string) => `Alerts do not reach the channel ${channel}`;
  expect(await eventually(() => countOf('slack', failing('mail')) + countOf('slack', failing('discord')) === 2)).toBe(true);
  const { open, settings } = await gateway.callApi('GET /api/alerts');
  expect(open.map(({ key }) => key).toSorted()).toEqual([
    'channel-failing/discord',
    'channel-failing/mail',
    'paused:2/shop/bing',
  ]);
  expect(settings?.channels.find(({ id }) => id === 'discord')).toMatchObject({
    secrets: ['url'],
    problem: expect.stringContaining('404'),
  });
  expect(JSON.stringify(settings)).not.toMatch(/mail-secret|whsec_|127\.0\.0\.1:\d+\/slack/);

  await gateway.stop();
  mail.setDown(false);
  chat.respond('discord', 200);
  gateway = await startPacedGateway(config, clock);
  expect(await eventually(() => countMails(began) > 0 && countOf('discord', began) > 0)).toBe(true);
  expect(await eventually(() => countOf('slack', 'The alert channel mail accepts messages again') > 0)).toBe(true);

  await act('resume');
  const ended = 'shop: Microsoft Advertising is no longer paused';
  const all = ['slack', 'teams', 'discord', 'hook'] as const;
  expect(await eventually(() => all.every((name) => countOf(name, ended) > 0) && countMails(`Resolved: ${ended}`) > 0)).toBe(
    true,
  );
  // Several further rounds send nothing again.
  await clock.pass(30 * 60_000);
  clock.pace(1);
  const countTitles = (name: string, title: string) =>
    chat.of(name).filter(({ body }) => new RegExp(`"(?:🟠 |✅ )?${title}"`).test(body)).length;
  for (const name of all) expect([name, countTitles(name, began), countTitles(name, ended)]).toEqual([name, 1, 1]);
  expect([countMails(began), countMails(`Resolved: ${ended}`)]).toEqual([1, 1]);

  const [first, ...others] = chat.of('hook').filter(({ body }) => body.includes(began));
  // `verify` would compare the fast clock with the real one.
  const { 'webhook-id': id = '', 'webhook-timestamp': sentAt } = first?.headers ?? {};
  const signature = new Webhook(secret).sign(id, new Date(Number(sentAt) * 1_000), first?.body ?? '');
  expect(first?.headers['webhook-signature']).toBe(signature);
  expect(JSON.parse(first?.body ?? '')).toMatchObject({
    type: 'alert.began',
    data: {
      on: 'paused',
      site: 'shop',
      connection: 'bing',
      title: began,
      url: expect.stringContaining('/sites/shop/destinations/bing'),
    },
  });
  const ids = new Set([first, ...others].map((one) => one?.headers['webhook-id']));
  expect(ids.size).toBe(others.length + 1);
  const everything = [...all.flatMap((name) => chat.of(name).map(({ body }) => body)), ...mail.mails].join('\n');
  expect(everything).not.toMatch(/jane|b171a9b06ce0/i);
});

it('a test message reaches a channel, and its failure is explained without the words of the server', async () => {
  const [chat, mail] = await Promise.all([services.chat, services.mail]);
  const test = (channel: string) => convey('alerts', 'test', channel, '--config', config);
  expect(await test('slack')).toMatchObject({ code: 0, stdout: 'The channel slack accepted a test message.\n' });
  expect(chat.of('slack').at(-1)?.body).toContain('Test message of Convey');
  expect(await test('mail')).toMatchObject({ code: 0 });
  mail.setDown(true);
  chat.respond('teams', 500);
  expect((await test('mail')).stdout).toContain('the server refused the sender or a receiver (451)');
  expect(await test('teams')).toMatchObject({ code: 1, stdout: expect.stringContaining('the response was HTTP 500') });
  expect((await test('nothing')).stderr).toContain('There is no such alert channel');
  const { stdout } = await convey('alerts', 'list', '--config', config);
  expect(stdout).toMatch(/^No open alerts\.\n\nchannel +type +state +last message\nslack +slack +ok/);
});

it('the digest of the day before is sent once after 8:00, as a page for e-mail', { timeout: 120_000 }, async () => {
  const { mails, setDown } = await services.mail;
  setDown(false);
  const eight = clock.now() - (clock.now() % dayMs) + dayMs + 8 * 3_600_000;
  clock.jump(eight - clock.now());
  clock.pace(fastPace);
  const subject = `Subject: Daily summary, ${new Date(eight - dayMs).getUTCDate()} `;
  const find = () => mails.filter((mail) => mail.includes(subject));
  expect(await eventually(() => find().length > 0)).toBe(true);
  await clock.pass(30 * 60_000);
  clock.pace(1);
  expect(find()).toHaveLength(1);
  expect(find()[0]).toContain('1 shop reported 1 order and 1 event.');
  expect(find()[0]).toContain('Content-Type: text/html');
});

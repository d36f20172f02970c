import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { expect, it } from 'vitest';
import { sendEmail } from './email.ts';

/** Starts a mail server that does not respond to a part of the dialogue. */
async function startSilentServer(silentAt: 'sender' | 'content' | 'nothing') {
  const reached = Promise.withResolvers<void>();
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    authOptional: true,
    onMailFrom: (_address, _session, done) => (silentAt === 'sender' ? reached.resolve() : done()),
    onRcptTo: ({ address }, _session, done) => done(address.startsWith('gone') ? new Error('no such mailbox') : null),
    onData: (stream, _session, done) => stream.resume().once('end', () => (silentAt === 'nothing' ? done() : reached.resolve())),
  });
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return { port: (server.server.address() as AddressInfo).port, reached: reached.promise, close: () => server.close() };
}

const channel = { id: 'mail', type: 'email', host: '127.0.0.1', security: 'none', from: 'convey@shop.example' } as const;
const message = {
  kind: 'began',
  on: 'paused',
  isUrgent: false,
  title: 'Paused',
  sentence: 'It is paused.',
  figures: [],
  path: '/',
  url: '/',
} as const;

it('a mail names the number of its receivers that the server refused', async () => {
  const { port, close } = await startSilentServer('nothing');
  const send = (...to: string[]) =>
    sendEmail({ ...channel, port, to }, 'paused/shop/bing', message, {
      allowPrivateDestinations: true,
      signal: new AbortController().signal,
    });
  expect(await send('ops@shop.example')).toEqual({ isSent: true });
  const problem = 'the server refused 1 of 2 receivers';
  expect(await send('ops@shop.example', 'gone@shop.example')).toEqual({ isSent: true, problem });
  expect(await send('gone@shop.example')).toMatchObject({ isSent: false });
  close();
});

it('a mail is unclear when its content was sent without a response, and is not when the server was silent before', async () => {
  const results = ['content', 'sender'].map(async (silentAt) => {
    const server = await startSilentServer(silentAt === 'sender' ? 'sender' : 'content');
    const attempt = new AbortController();
    const result = sendEmail({ ...channel, port: server.port, to: ['ops@shop.example'] }, 'paused/shop/bing', message, {
      allowPrivateDestinations: true,
      signal: attempt.signal,
    });
    await server.reached;
    attempt.abort();
    const settled = await result;
    server.close();
    return settled;
  });
  expect(await Promise.all(results)).toEqual([
    { isSent: false, problem: 'no response to the mail arrived', isUnclear: true },
    { isSent: false, problem: 'the server did not respond in time' },
  ]);
});

import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, describe, expect, it } from 'vitest';
import { createSender } from '../src/delivery/sending/http-sender.ts';
import { explainNoResponse } from '../src/delivery/sending/probe-connection.ts';
import { convey } from './cli.fixture.ts';
import { makeFolder } from './gateway.fixture.ts';

const sender = createSender({ allowPrivateDestinations: true, userAgent: 'convey/test' });
const ending: (() => unknown)[] = [() => sender.close()];
afterAll(async () => {
  for (const end of ending) await end();
});

const notReached = /^The platform cannot be reached \(.+\), so no request was sent\. .*DNS, firewall, proxy/;
const notSecure =
  /^The TLS connection to the platform failed \(.+\), so no request was sent: .*`endpoint` \(https or http\).*certificate.*proxy intercepts/;
const notAnswered = /^The platform did not respond \(.+\)\. .*`endpoint` \(https or http\).*blocks requests/;

async function getPort(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ending.push(() => server.close());
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function explainResponse(url: string): Promise<string> {
  const sent = await sender.send({ method: 'POST', url, headers: {}, body: '{}' });
  if ('response' in sent) throw new Error('it was answered');
  return explainNoResponse(sent);
}

describe('a check without a response reports how far it got, and what to inspect', () => {
  it('when the server does not support TLS', async () => {
    const port = await getPort(createHttpServer((_, response) => response.end('{}')));
    const message = await explainResponse(`https://127.0.0.1:${port}/`);
    expect(message).toMatch(notSecure);
    expect(message).toContain('ERR_SSL_WRONG_VERSION_NUMBER');
  });

  it('when the TLS handshake fails', async () => {
    const port = await getPort(createTlsServer());
    expect(await explainResponse(`https://127.0.0.1:${port}/`)).toMatch(notSecure);
  });

  it('when HTTP is sent to a TLS port', async () => {
    const port = await getPort(createTlsServer());
    expect(await explainResponse(`http://127.0.0.1:${port}/`)).toMatch(notAnswered);
  });

  it('when no server listens', async () => {
    const message = await explainResponse('http://127.0.0.1:1/');
    expect(message).toMatch(notReached);
    expect(message).toContain('ECONNREFUSED');
  });

  it.each([
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'HOSTNAME_MISMATCH',
    'EPROTO',
  ])('when the certificate or the handshake is refused: %s', (code) => {
    const message = explainNoResponse({ notSent: code });
    expect(message).toMatch(notSecure);
    expect(message).toContain(`(${code})`);
    expect(message).not.toMatch(/nothing left|cannot be reached/);
  });

  it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EPRIVATE', 'EPROTONOSUPPORT', 'UND_ERR_CONNECT_TIMEOUT'])(
    'when the platform is unreachable: %s',
    (code) => {
      expect(explainNoResponse({ notSent: code })).toMatch(notReached);
      expect(explainNoResponse({ unknown: code })).toMatch(notAnswered);
    },
  );
});

it('`convey check` prints it next to the connection, and fails', async () => {
  const port = await getPort(createHttpServer((_, response) => response.end('{}')));
  const folder = makeFolder();
  ending.push(() => folder.remove());
  const { code, stdout } = await convey('check', '--config', folder.writeConfig(`https://127.0.0.1:${port}`));
  expect(stdout).toMatch(
    /problem {2}shop\/bing: The platform was not reached\. The TLS connection to the platform failed \(ERR_SSL_/,
  );
  expect(code).toBe(1);
});

it('`convey check` warns of a dashboard whose passwords cross the network in clear text', async () => {
  const folder = makeFolder();
  ending.push(() => folder.remove());
  const readWarnings = async (dashboard: Readonly<Record<string, unknown>>) =>
    (await convey('check', '--config', folder.writeConfig('http://127.0.0.1:1', { dashboard: { port: 0, ...dashboard } })))
      .stdout;
  const warning = /warning {2}dashboard\.host: .* clear text\. Set `dashboard\.host` to `127\.0\.0\.1`/;
  expect(await readWarnings({ host: '0.0.0.0' })).toMatch(warning);
  expect(await readWarnings({ host: '0.0.0.0', publicUrl: 'http://convey.shop.example' })).toMatch(warning);
  expect(await readWarnings({ host: '0.0.0.0', publicUrl: 'https://convey.shop.example' })).not.toContain('dashboard.host');
  expect(await readWarnings({ publicUrl: 'https://convey.shop.example' })).toMatch(
    /warning {2}dashboard\.publicUrl: .*trustedProxies/,
  );
  expect(await readWarnings({ host: 'localhost' })).toMatch(/ok {2,}dashboard\.port: Any free port/);
});

it('`convey check` does not create a data folder, which may be mistyped', async () => {
  const folder = makeFolder();
  ending.push(() => folder.remove());
  const { stdout } = await convey('check', '--config', folder.writeConfig('http://127.0.0.1:1'));
  expect(stdout).toMatch(/warning {2}dataDir: The data folder .* does not exist\. The start creates it\. .*correct `dataDir`/);
  expect(existsSync(folder.dataDir)).toBe(false);
});

it('a file that is nested too deep is refused with its name and the rule, not with a stack', async () => {
  const folder = makeFolder();
  ending.push(() => folder.remove());
  const file = join(folder.dir, 'deep.json');
  writeFileSync(file, `{"sites": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`);
  for (const command of [
    ['check', '--config', file],
    ['rules', 'test', '--site', 'shop', '--file', file],
  ]) {
    const { code, stderr } = await convey(...command);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^error: \S.*deep\.json .*[Mm]ust not be nested more than 64 levels/s),
    ]);
    expect(stderr).not.toMatch(/RangeError|\n {4}at /);
  }
});

it('`convey check` warns if other users may read the key for secrets', async () => {
  const folder = makeFolder();
  ending.push(() => folder.remove());
  const config = folder.writeConfig('http://127.0.0.1:1');
  const file = join(folder.dataDir, 'secrets.key');
  mkdirSync(folder.dataDir, { recursive: true });
  writeFileSync(file, `${'ab'.repeat(32)}\n`);
  for (const [mode, isWarned] of [
    [0o644, true],
    [0o600, false],
  ] as const) {
    chmodSync(file, mode);
    const { stdout } = await convey('check', '--config', config);
    expect(
      stdout.includes(
        `has mode 0644, so other users of this machine can read the key that encrypts secrets. Run \`chmod 600 '${file}'\``,
      ),
    ).toBe(isWarned);
  }
});

it('`convey check` warns of a connection whose tag is not the one that the pixel speaks to', async () => {
  const folder = makeFolder();
  ending.push(() => folder.remove());
  const endpoint = 'http://127.0.0.1:1';
  const connection = (id: string, tagId: string, pageLoads: string) => ({
    id,
    destination: 'microsoft',
    settings: { tagId, token: 'good-token', endpoint, pageLoads },
  });
  const connections = [connection('one', '1', 'auto'), connection('two', '2', 'auto'), connection('three', '3', 'never')];
  const readWarnings = async (tagId: string) => {
    const site = { uet: { mode: 'attach', tagId }, connections };
    return (await convey('check', '--config', folder.writeConfig(endpoint, { site }))).stdout;
  };
  const withItsTag = await readWarnings('1');
  expect(withItsTag).toMatch(/warning {2}shop\/two: Its tag is not the site's `tags\.microsoft\.tagId`.*`always`.*`never`/);
  expect(withItsTag).not.toMatch(/warning {2}shop\/(one|three|tags)/);
  expect(await readWarnings('4')).toMatch(/warning {2}shop\/tags\.microsoft: No connection sends to the tag/);
});

it('`convey check` warns of a shop without webhooks, and not once they are set up', async () => {
  const folder = makeFolder();
  ending.push(folder.remove);
  const readWarnings = async (site: Readonly<Record<string, unknown>>) =>
    (await convey('check', '--config', folder.writeConfig('http://127.0.0.1:1', { site }))).stdout;
  const warning = /warning {2}shop: The shop sends no webhooks/;
  expect(await readWarnings({ platform: 'shopify' })).toMatch(warning);
  expect(await readWarnings({ platform: 'shopify', webhooks: { secrets: ['shpss_0123456789'] } })).not.toMatch(warning);
  expect(await readWarnings({})).not.toMatch(warning);
});

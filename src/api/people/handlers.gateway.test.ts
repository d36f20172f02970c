import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../identity/hashing.ts';
import { createLogger } from '../../logger.ts';
import type { ErasureReport } from '../../privacy/erasure.ts';
import { openExportFiles } from '../../privacy/export-files.ts';
import type { PersonQuery } from '../../privacy/person-query.ts';
import type { PersonErrorCode } from '../../privacy/privacy-requests.ts';
import { createAccountDeps, noExports, openApi } from '../api.fixture.ts';

const report: ErasureReport = {
  dryRun: false,
  found: true,
  events: 1,
  copies: 0,
  signals: 0,
  visitors: 0,
  links: 0,
  deadLetters: 0,
  attempts: 0,
  exports: 0,
  received: [],
};

describe('POST /api/sites/:site/erase', () => {
  let requested: { query: PersonQuery; dryRun: boolean }[];
  let answer: ErasureReport | PersonErrorCode;
  let api: Awaited<ReturnType<typeof openApi>>;
  beforeAll(async () => {
    api = await openApi();
  });
  afterAll(() => api.dispose());
  beforeEach(() => {
    requested = [];
    answer = report;
  });

  const post = (body: string) => {
    const people = {
      erase: async (_: unknown, query: PersonQuery, dryRun: boolean) => {
        requested.push({ query, dryRun });
        return answer;
      },
      export: async () => 'busy' as const,
      drop: async () => 'stopping' as const,
      countScanned: () => undefined,
      hasUnfinished: async () => false,
    };
    return api.app({ people }).request('/api/sites/shop/erase', { method: 'POST', body });
  };

  it('hashes the key immediately, and passes on no plain value', async () => {
    const response = await post('{"email":"Jane.Doe@shop.example","dryRun":true}');
    expect([response.status, await response.json()]).toEqual([200, report]);
    const [{ query, dryRun } = { query: undefined, dryRun: undefined }] = requested;
    expect(dryRun).toBe(true);
    expect([...(query?.hashes ?? [])]).toContain(sha256('janedoe@shop.example'));
    expect(JSON.stringify({ ...query, hashes: [...(query?.hashes ?? [])] }).toLowerCase()).not.toContain('jane');
  });

  it.each([
    '',
    '[]',
    '{}',
    '{"email":7}',
    '{"email":"jane"}',
    '{"email":"jane@shop.example","orderId":"1"}',
    '{"email":"jane@shop.example","site":"other"}',
    `{"orderId":"${'1'.repeat(20_000)}"}`,
  ])('rejects %.60s, which does not identify one person, without repeating it', async (body) => {
    const response = await post(body);
    const text = await response.text();
    expect(response.status).toBe(400);
    expect(text).toContain('person-key');
    expect(text).not.toContain('jane');
    expect(text).not.toContain('The body');
    expect(requested).toEqual([]);
  });

  it.each([
    ['busy', 409, 'Another erasure or export of this site is running'],
    ['stopping', 503, 'the gateway is stopping. Start the gateway, then try again'],
  ] as const)('reports why nothing was erased if it is %s', async (why, status, message) => {
    answer = why;
    const response = await post('{"orderId":"1"}');
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(message)]);
  });
});

describe('POST /api/sites/:site/visitors/drop', () => {
  it('drops one profile or all large ones, and rejects neither or both', async () => {
    const api = await openApi();
    try {
      const requested: unknown[] = [];
      const people = {
        erase: async () => 'busy' as const,
        export: async () => 'busy' as const,
        countScanned: () => undefined,
        hasUnfinished: async () => false,
        drop: async (...call: readonly unknown[]) => {
          requested.push(call);
          return { profiles: 2, bytes: 300_000 };
        },
      };
      const app = api.app({ people });
      const post = async (body: object) => {
        const response = await app.request('/api/sites/shop/visitors/drop', { method: 'POST', body: JSON.stringify(body) });
        return { status: response.status, body: await response.json() };
      };
      expect(await post({ anonymousId: 'v1' })).toEqual({ status: 200, body: { dryRun: false, profiles: 2, bytes: 300_000 } });
      expect(await post({ largerThan: 65_536, dryRun: true })).toMatchObject({ status: 200, body: { dryRun: true } });
      expect(requested).toEqual([
        ['shop', { visitor: 'v1' }, false],
        ['shop', { largerThan: 65_536 }, true],
      ]);
      for (const body of [{}, { anonymousId: 'v1', largerThan: 1 }, { largerThan: -1 }, { largerThan: '64KiB' }])
        expect(await post(body)).toMatchObject({ status: 400, body: { error: { code: 'parameter-invalid' } } });
      expect(requested).toHaveLength(2);
    } finally {
      api.dispose();
    }
  });
});

describe('GET /api/sites/:site/erase', () => {
  it('reports the progress, and whether an erasure has not ended', async () => {
    const api = await openApi();
    try {
      const people = {
        erase: async () => 'busy' as const,
        export: async () => 'busy' as const,
        drop: async () => 'stopping' as const,
        countScanned: () => 1_200,
        hasUnfinished: async (site: string) => site === 'shop',
      };
      const response = await api.app({ people }).request('/api/sites/shop/erase');
      expect(await response.json()).toEqual({ looked: 1_200, unfinished: true });
    } finally {
      api.dispose();
    }
  });
});

describe('GET /api/sites/:site/exports/:export', () => {
  it('logs the account that downloaded the file, as a change is logged', async () => {
    const api = await openApi();
    try {
      const lines: string[] = [];
      const logger = createLogger('info', { write: (line) => lines.push(line) });
      const exports = { ...noExports, read: async () => new Response('{}').body ?? undefined };
      const accounts = { ...createAccountDeps(api.store), logger };
      const caller = { account: 'ada', session: 'hash', access: { role: 'owner', sites: [] } } as const;
      const path = '/api/sites/shop/exports/5b0c9d1e7f2a4c38';
      const response = await api.app({ exports, accounts }).request(path, {}, caller);
      expect([response.status, await response.text()]).toEqual([200, '{}']);
      expect(lines.map((line) => JSON.parse(line))).toMatchObject([
        { msg: 'admin action', account: 'ada', what: 'GET /api/sites/:site/exports/:export', site: 'shop' },
      ]);
    } finally {
      api.dispose();
    }
  });
});

describe('GET /api/exports', () => {
  it('counts the files that shops requested, and not those of operators', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'convey-exports-'));
    const api = await openApi();
    try {
      const exports = await openExportFiles(folder);
      const listExports = async () => (await api.app({ exports }).request('/api/exports')).json();
      await exports.write('shop', 'operator', 0, chunks());
      await exports.write('gone', 'shop', 0, chunks());
      expect(await listExports()).toEqual([]);
      await exports.write('shop', 'shop', 0, chunks());
      await exports.write('shop', 'shop', 0, chunks());
      expect(await listExports()).toEqual([{ site: 'shop', files: 2 }]);
    } finally {
      api.dispose();
      rmSync(folder, { recursive: true });
    }
  });
});

async function* chunks(): AsyncGenerator<string> {
  yield '{}';
}

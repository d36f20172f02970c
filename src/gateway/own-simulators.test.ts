import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createLogger } from '../logger.ts';
import { simulators } from '../simulators/simulators.ts';
import { OwnSimulators } from './own-simulators.ts';

const logger = createLogger('silent', process.stderr);

test('the simulators of all platforms share one address, which stays after a restart unless another program has taken it', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'convey-test-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  const run = async (act: (own: OwnSimulators) => Promise<void>) => {
    const own = new OwnSimulators({ dataDir, logger });
    for (const { id } of simulators) expect(await own.start(id)).toBe(true);
    await act(own).finally(() => own.stop());
  };
  const getOrigin = (own: OwnSimulators) => new URL(own.getPageUrl('meta') ?? '').origin;

  let first = '';
  await run(async (own) => {
    first = getOrigin(own);
    for (const { id } of simulators) {
      expect(own.getPageUrl(id)).toBe(`${first}/${id}/`);
      expect((await fetch(own.getPageUrl(id) ?? '')).status).toBe(200);
      expect(JSON.stringify(own.getSettings(id))).toContain(first);
    }
    expect(own.hasOrigin(first)).toBe(true);
    expect(own.getPageUrl('none')).toBeUndefined();
    expect(await own.start('none')).toBe(false);
  });
  await run(async (own) => expect(getOrigin(own)).toBe(first));

  const other = createServer((_, response) => response.end('another program'));
  onTestFinished(() => void other.close());
  await once(other.listen(Number(new URL(first).port), '127.0.0.1'), 'listening');
  await run(async (own) => {
    expect(getOrigin(own)).not.toBe(first);
    expect(own.hasOrigin(first)).toBe(false);
  });
});

import { expect, test } from 'vitest';
import { readConfig } from '../config/config.ts';
import { createLogger } from '../logger.ts';
import { createGatewayContext } from './gateway-context.ts';

function openContext() {
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line) => void lines.push(line) });
  const read = readConfig('{}', {}, '/nowhere');
  if ('problems' in read) throw new Error('the config has problems');
  return { ...createGatewayContext(read.config, { logger, version: '1.0.0' }), lines };
}

test('shutDown runs all steps and logs each error when steps throw', async () => {
  for (const hasFailed of [false, true]) {
    const { onShutdown, shutDown, lines } = openContext();
    const done: string[] = [];
    onShutdown(() => void done.push('folder'));
    onShutdown(async () => {
      throw new Error('the store does not close');
    });
    onShutdown(() => void done.push('store'));
    onShutdown(() => {
      throw new Error('the port does not close');
    });
    const ended = shutDown({ hasFailed });
    if (hasFailed) await expect(ended).resolves.toBeUndefined();
    else await expect(ended).rejects.toThrow('the port does not close');
    expect(done).toEqual(['store', 'folder']);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('the port does not close');
    expect(lines[1]).toContain('the store does not close');
  }
});

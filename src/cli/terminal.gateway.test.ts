import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

it('the process ends quietly when the reader of its output goes away', async () => {
  const moduleUrl = JSON.stringify(new URL('terminal.ts', import.meta.url).href);
  const script = `import { print } from ${moduleUrl}; setInterval(() => print('x'), 1);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
  child.stdout.once('data', () => child.stdout.destroy());
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { prompt } from './prompt.ts';

it('a prompt returns the typed line and leaves the following lines for the next prompt', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const first = prompt('email: ', input, output);
  input.write('jane@shop.example\n');
  expect(await first).toBe('jane@shop.example');
  const second = prompt('Type yes: ', input, output);
  input.write('yes\n');
  expect(await second).toBe('yes');
  output.end();
  expect(await text(output)).toBe('email: Type yes: ');
});

it('a prompt returns undefined when the input ends without a line', async () => {
  const input = new PassThrough();
  const response = prompt('Type yes: ', input, new PassThrough());
  input.end();
  expect(await response).toBeUndefined();
});

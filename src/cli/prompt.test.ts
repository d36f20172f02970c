import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { prompt } from './prompt.ts';

it('what is asked for is the line that is typed, and what follows is left for the next question', async () => {
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

it('an input that ends without a line answers nothing', async () => {
  const input = new PassThrough();
  const asked = prompt('Type yes: ', input, new PassThrough());
  input.end();
  expect(await asked).toBeUndefined();
});

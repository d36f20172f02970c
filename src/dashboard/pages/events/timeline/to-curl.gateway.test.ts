import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { toCurl } from './to-curl.ts';

const request = {
  method: 'POST',
  url: "https://capi.shop.example/v1/123/events?a=1&b='$(id)'",
  headers: { authorization: 'Bearer ***', 'content-type': 'application/json', odd: '*** "`$HOME\\' },
  body: `{"title":"it's $(id) \`id\` \\n"}`,
};

test('toCurl returns a command that a shell reads unchanged, with the token as a variable', () => {
  const line = toCurl(request);
  expect(line).toContain('-H "authorization: Bearer $TOKEN"');
  const script = `curl() { for one in "$@"; do printf '%s\\0' "$one"; done; }\n${line}`;
  const words = execFileSync('sh', ['-c', script], { env: { TOKEN: 'mine' } })
    .toString()
    .split('\0')
    .slice(0, -1);
  expect(words).toEqual([
    '-X',
    'POST',
    request.url,
    '-H',
    'authorization: Bearer mine',
    '-H',
    'content-type: application/json',
    '-H',
    'odd: mine "`$HOME\\',
    '--data-raw',
    request.body,
  ]);
});

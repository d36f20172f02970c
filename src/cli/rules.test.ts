import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { formatPreview } from './rules.ts';

it('formatPreview has the sums, the rules, the events on which a rule had an effect, and the warnings', () => {
  const effects = ['Rule “Wholesale” would skip the event.'];
  const text = formatPreview({
    events: 1_000,
    list: [
      {
        ...{ id: 'wholesale', name: 'Wholesale', when: {}, then: { skip: true }, enabled: true, text: 'If …: skip the event.' },
        warning: 'The tag `tags.microsoft` still reports the events.',
      },
    ],
    connections: [
      {
        connection: 'bing',
        skipped: 34,
        renamed: 12,
        changed: 0,
        added: 1,
        rules: [{ id: 'wholesale', name: 'Wholesale\u001b[31m', events: 34 }],
        affected: [{ offset: '1', id: 'ord-1', name: 'Purchase', time: 0, effects }],
      },
      { connection: 'meta', skipped: 0, renamed: 0, changed: 0, added: 0, rules: [], affected: [] },
    ],
  });
  expect(text).not.toContain('\u001b[31m');
  const lines = stripVTControlCharacters(text).split('\n');
  expect(lines[0]).toBe('bing  Of the last 1000 events: 34 would be skipped, 12 renamed, 0 changed, 1 added.');
  expect(lines.join('\n')).toMatch(/wholesale +Wholesale.* +34\nord-1 {2}Rule “Wholesale” would skip the event\./);
  expect(lines.slice(-3)).toEqual([
    'meta  has no rules that are on.',
    '',
    'warning  Rule “Wholesale”: The tag `tags.microsoft` still reports the events.',
  ]);
});

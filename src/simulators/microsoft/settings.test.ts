import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { defaultGoals } from './journal/event-goals.ts';
import { defaults, presets, resolveSettings } from './settings.ts';

const reference = readFileSync(new URL('../../../docs/reference/simulator.md', import.meta.url), 'utf8');
const page = reference.slice(reference.indexOf('\n## Microsoft\n'), reference.indexOf('\n## Meta\n'));

it('the reference lists every setting with its default', () => {
  const table = page.slice(page.indexOf('\n### Settings\n'));
  const rows = [...table.matchAll(/^\| `(\w+)` \| (.*?) \|/gm)].map(([, name, standard]) => [name, standard]);
  const isScalar = (value: unknown) => typeof value !== 'object';
  expect(rows.map(([name]) => name)).toEqual(Object.keys(defaults));
  for (const [name, value] of Object.entries(defaults).filter(([, value]) => isScalar(value))) {
    expect(Object.fromEntries(rows)[name], name).toBe(`\`${value}\``);
  }
});

it('the reference lists the default goals', () => {
  const part = page.slice(page.indexOf('\n### Goals\n'), page.indexOf('\n### The tag\n'));
  for (const { action } of defaultGoals) expect(part).toContain(`\`${action}\``);
});

it('a preset changes only its own settings, and overrides take precedence', () => {
  expect(resolveSettings('strict')).toEqual({ ...defaults, ...presets.strict });
  expect(resolveSettings('lenient', { tagThrows: true, dedupPolicy: 'server-wins' })).toEqual({
    ...defaults,
    ...presets.lenient,
    tagThrows: true,
    dedupPolicy: 'server-wins',
  });
  for (const [name, preset] of Object.entries(presets))
    for (const [key, value] of Object.entries(preset)) expect(Object.entries(defaults), name).not.toContainEqual([key, value]);
});

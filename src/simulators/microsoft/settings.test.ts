import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { defaultGoals } from './journal/event-goals.ts';
import { defaults, presets, settingsFor } from './settings.ts';

const page = readFileSync(new URL('../../../docs/reference/simulator.md', import.meta.url), 'utf8');

it('every setting has its row with its default in the reference', () => {
  const table = page.slice(page.indexOf('\n## Settings\n'));
  const told = [...table.matchAll(/^\| `(\w+)` \| (.*?) \|/gm)].map(([, name, standard]) => [name, standard]);
  const isOne = (value: unknown) => typeof value !== 'object';
  expect(told.map(([name]) => name)).toEqual(Object.keys(defaults));
  for (const [name, value] of Object.entries(defaults).filter(([, value]) => isOne(value))) {
    expect(Object.fromEntries(told)[name], name).toBe(`\`${value}\``);
  }
});

it('the goals of the start are in the reference', () => {
  const part = page.slice(page.indexOf('\n## Goals\n'), page.indexOf('\n## The tag\n'));
  for (const { action } of defaultGoals) expect(part).toContain(`\`${action}\``);
});

it('a preset differs from the default in its own settings alone, and what is given by name outweighs it', () => {
  expect(settingsFor('strict')).toEqual({ ...defaults, ...presets.strict });
  expect(settingsFor('lenient', { tagThrows: true, dedupPolicy: 'server-wins' })).toEqual({
    ...defaults,
    ...presets.lenient,
    tagThrows: true,
    dedupPolicy: 'server-wins',
  });
  for (const [name, preset] of Object.entries(presets))
    for (const [key, value] of Object.entries(preset)) expect(Object.entries(defaults), name).not.toContainEqual([key, value]);
});

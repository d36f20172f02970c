import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { defaultGoals } from './journal/event-goals.ts';
import { defaults, presets, resolveSettings } from './settings.ts';

const reference = readFileSync(new URL('../../../docs/destinations/microsoft.md', import.meta.url), 'utf8');
const page = reference.slice(reference.indexOf('\n## Simulator\n'));

it('the reference lists the default goals', () => {
  for (const { action } of defaultGoals) expect(page).toContain(`\`${action}\``);
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

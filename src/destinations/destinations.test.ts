import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { standardEventNames } from '../event/event-names.ts';
import { clickIdKeys, listMatchKeys } from '../event/match-keys.ts';
import { describeMissingKey, missingKeyCodes } from '../event/missing-match-keys.ts';
import { describeSkip } from '../event/skip-reasons.ts';
import { destinations, findDestination } from './destinations.ts';
import { standardNames as metaNames } from './meta/event-names.ts';
import { standardNames } from './microsoft/event-names.ts';
import { pageIdentifiers } from './page-identifiers.ts';

test('findDestination finds a destination by id, and ids are unique', () => {
  for (const destination of destinations) expect(findDestination(destination.id)).toBe(destination);
  expect(destinations.map(({ id }) => id)).toContain('microsoft');
  expect(findDestination('nowhere')).toBeUndefined();
});

test('pageIdentifiers has the ids of every destination in the same order', () => {
  expect(pageIdentifiers.flatMap(({ clickIds }) => clickIds)).toEqual(destinations.flatMap(({ matching }) => matching.clickIds));
  expect(pageIdentifiers.flatMap(({ browserIds }) => browserIds)).toEqual(
    destinations.flatMap(({ matching }) => matching.browserIds),
  );
});

test.each(destinations)('the remedies for the match keys of $id name the field of the key itself', ({ matching: { keys } }) => {
  const known = ['firstName', 'lastName', 'dateOfBirth', 'gender', 'city', 'state', 'zip', 'country'];
  for (const kind of keys) {
    const name = kind.key.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const ownField = known.includes(name) ? [kind.source?.split('.').at(-1)] : [];
    expect(ownField, kind.key).toEqual(known.filter((field) => field === name));
    const remedies = missingKeyCodes
      .filter(({ subject }) => subject === kind.subject)
      .flatMap(({ code }) => describeMissingKey(kind, code)?.remedy ?? []);
    expect(remedies, kind.key).not.toHaveLength(0);
    for (const field of known.filter((field) => field !== name))
      expect(remedies.join(' '), kind.key).not.toContain(`.${field}\``);
    if (known.includes(name)) expect(remedies.join(' '), kind.key).toContain(`\`${kind.source}\``);
  }
});

test("Meta's page in the docs names every standard event as it is sent", () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/destinations/meta.md'), 'utf8');
  for (const name of standardEventNames) expect(page).toContain(`| \`${name}\` | \`${metaNames[name]}\` |`);
});

test("Microsoft's page in the docs names every standard event as it is sent", () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/destinations/microsoft.md'), 'utf8');
  const sent = { PageView: 'pageLoad', ...standardNames };
  for (const name of standardEventNames) expect(page).toContain(`| \`${name}\` | \`${sent[name]}\` |`);
});

test.each(destinations.map(({ id }) => id))(
  'the troubleshooting guide of %s has the sections to which the checks of an event link',
  (id) => {
    const source = readFileSync(join(import.meta.dirname, id, 'why-not.ts'), 'utf8');
    const [, skips = ''] = /skipSections: \{(.*?)\}/s.exec(source) ?? [];
    const linked = [...source.matchAll(/hash: '([\w-]+)'/g), ...skips.matchAll(/: '([\w-]+)'/g)].map(([, hash]) => hash);
    expect(linked).not.toHaveLength(0);
    const [file = ''] = globSync(join(import.meta.dirname, `../../docs/guides/${id}/*troubleshooting.md`));
    const headings = [...readFileSync(file, 'utf8').matchAll(/^##+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    const ofTheKit = ['expired', 'rejected', 'not-delivered-yet', 'delivered-with-a-warning'];
    expect(headings).toEqual(expect.arrayContaining([...linked, ...ofTheKit]));
  },
);

test('every member of a browser tag has a title and a description, from which the dashboard makes its form', () => {
  const schema = z.looseObject({
    properties: z.record(z.string(), z.looseObject({ title: z.string(), description: z.string() })),
  });
  for (const { id, tag } of destinations) {
    if (!tag) continue;
    const { mode: _, ...members } = z.record(z.string(), z.unknown()).parse(tag.form.properties);
    expect(schema.safeParse({ properties: members }).error?.issues, id).toBeUndefined();
  }
});

test('SECURITY.md names the host of each script that a browser tag loads', () => {
  const text = readFileSync(join(import.meta.dirname, '../../SECURITY.md'), 'utf8');
  const defaults = z.object({ properties: z.object({ script: z.looseObject({ default: z.url() }) }) });
  for (const { tag } of destinations)
    if (tag) expect(text).toContain(`\`${new URL(defaults.parse(tag.form).properties.script.default).host}\``);
});

test('events can be found by the click ids of every destination', () => {
  const names = destinations.flatMap(({ matching }) => matching.clickIds.map(({ name }) => name));
  expect(clickIdKeys.toSorted()).toEqual(names.toSorted());
  const event = { identity: { forms: {}, clickIds: { gclid: { value: 'x', at: 0 }, dclid: { value: 'x', at: 0 } } }, client: {} };
  expect(listMatchKeys(event)).toEqual(['gclid']);
});

test('the text of a skip for consent names every use that the mapping reads', () => {
  for (const { id, skipTexts } of destinations) {
    const map = readFileSync(join(import.meta.dirname, id, 'map.ts'), 'utf8');
    const { why } = describeSkip('consent-denied', skipTexts);
    expect([id, /consent\.adUserData === 'denied'/.test(map)]).toEqual([id, why.includes('use of data for advertising')]);
  }
});

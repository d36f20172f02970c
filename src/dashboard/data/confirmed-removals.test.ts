import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const folder = join(import.meta.dirname, '..');

/** An unmuted connection can be muted again at once, and loses nothing. */
const unconfirmed = ['pages/alerts/MutedConnections.tsx'];

it('each component that removes something through the API asks first', () => {
  const removing = globSync('**/*.tsx', { cwd: folder }).filter((file) =>
    readFileSync(join(folder, file), 'utf8').includes("callApi('DELETE "),
  );
  const rude = removing.filter((file) => !readFileSync(join(folder, file), 'utf8').includes('<ConfirmDialog'));
  expect(removing.length).toBeGreaterThan(8);
  expect(rude.toSorted()).toEqual(unconfirmed);
});

it('the menu of the account asks before it ends all sessions, and not before it ends this one', () => {
  const menu = readFileSync(join(folder, 'shell/AccountMenu.tsx'), 'utf8');
  expect(menu.match(/onConfirm=\{\(\) => void signOut\('everywhere'\)\}/g)).toHaveLength(1);
  expect(menu.match(/signOut\('everywhere'\)/g)).toHaveLength(1);
  expect(menu).toContain("onClick={() => void signOut('here')}");
});

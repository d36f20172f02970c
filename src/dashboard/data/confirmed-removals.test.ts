import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const folder = join(import.meta.dirname, '..');

/** These end something that can be begun again at once. */
const unconfirmed = ['pages/alerts/MutedConnections.tsx', 'pages/destinations/replay/ReplayPanel.tsx'];

it('each component that removes something through the API asks first', () => {
  const removing = globSync('**/*.tsx', { cwd: folder }).filter((file) =>
    readFileSync(join(folder, file), 'utf8').includes("callApi('DELETE "),
  );
  const rude = removing.filter((file) => !readFileSync(join(folder, file), 'utf8').includes('<ConfirmDialog'));
  expect(removing.length).toBeGreaterThan(8);
  expect(rude.toSorted()).toEqual(unconfirmed);
});

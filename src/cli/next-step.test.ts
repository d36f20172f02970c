import { expect, test } from 'vitest';
import { describeNextStep } from './next-step.ts';

test('describeNextStep offers the demo and a start when nothing is set up', () => {
  expect(describeNextStep({ stage: 'nothing' })).toMatch(
    /^Convey \S+ is not set up in this folder yet\.\n\n {2}Try it with simulated data {2}convey demo\n {2}Set up a shop {15}convey start, .*\n\nAll commands: convey --help$/,
  );
});

test('describeNextStep names the sites of the config when no gateway runs', () => {
  expect(describeNextStep({ stage: 'stopped', hasFile: true, sites: 2 })).toContain(
    'Convey is not running. The config file has 2 sites.',
  );
});

test('describeNextStep gives the reason when events are not accepted, without control characters', () => {
  const described = describeNextStep({ stage: 'not-writable', problem: 'The disk is full\u001b[2J' }, ' --config shop.json');
  expect(described).toContain('does not accept events: The disk is full\ufffd[2J');
  expect(described).toContain('convey check --config shop.json');
});

test('describeNextStep offers a start and the demo when only a data folder is left', () => {
  const described = describeNextStep({ stage: 'stopped', hasFile: false, sites: 0 });
  expect(described).toMatch(
    /^Convey is not running\. There is no config file, and none is needed\.\n\n {2}Set up a shop {15}convey start,/,
  );
  expect(described).toContain('convey demo');
});

test('describeNextStep names undelivered purchases of a healthy connection, with the command', () => {
  const running = { stage: 'running', dashboard: 'http://127.0.0.1:8081', sites: 1, connections: 2, unhealthy: [] } as const;
  const described = describeNextStep({ ...running, deadPurchases: [{ site: 'shop', purchases: 1 }] });
  expect(described).toContain('All connections are healthy, but 1 purchase could not be delivered.');
  expect(described).toContain('convey dead-letters list --site shop');
  expect(describeNextStep({ ...running, deadPurchases: [] })).toContain('All connections are healthy.\n');
});

import { expect, test } from 'vitest';
import { describeNextStep } from './next-step.ts';

test('describeNextStep offers the demo and a start when nothing is set up', () => {
  expect(describeNextStep({ stage: 'nothing' })).toMatch(
    /^Convey \S+ is not set up in this folder yet\.\n\n {2}Try it with simulated data {2}convey demo\n {2}Set up a shop {15}convey start, .*\n\nAll commands: convey --help$/,
  );
});

test('describeNextStep names the sites of the config when no gateway runs', () => {
  expect(describeNextStep({ stage: 'stopped', sites: 2 })).toContain('Convey is not running. The config file has 2 sites.');
});

test('describeNextStep gives the reason when events are not accepted, without control characters', () => {
  const described = describeNextStep({ stage: 'not-writable', problem: 'The disk is full\u001b[2J' }, ' --config shop.json');
  expect(described).toContain('does not accept events: The disk is full\ufffd[2J');
  expect(described).toContain('convey check --config shop.json');
});

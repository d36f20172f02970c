import { expect, test } from 'vitest';
import { describeSimulatorReach } from './simulator-reach.ts';

const destinations = [
  { id: 'meta', name: 'Meta', tag: { label: 'Meta Pixel', settings: {} } },
  { id: 'microsoft', name: 'Microsoft Advertising', tag: { label: 'UET tag', settings: {} } },
  { id: 'webhook', name: 'Webhook' },
];
const simulated = { id: 'meta-simulator', destination: 'meta', enabled: true, isSimulated: true as const };
const real = { id: 'bing', destination: 'microsoft', enabled: true };
const onlyHere = 'A simulator stands in for the ad platform. No event leaves the machine of the gateway.';
const leaving = 'A simulator stands in for each platform below. Events still leave the machine of the gateway by ';

test('events stay on the machine when every enabled connection is simulated and no other tag runs', () => {
  const isOff = { microsoft: { mode: 'off' as const } };
  expect(describeSimulatorReach({ connections: [simulated], tags: isOff }, destinations)).toBe(onlyHere);
  expect(describeSimulatorReach({ connections: [simulated, { ...real, enabled: false }], tags: {} }, destinations)).toBe(
    onlyHere,
  );
});

test('the tag of a simulated platform is not named, because the pixel leaves it alone', () => {
  const tags = { meta: { mode: 'load' as const } };
  expect(describeSimulatorReach({ connections: [simulated], tags }, destinations)).toBe(onlyHere);
});

test('each real connection and each running tag is named', () => {
  const hook = { id: 'crm', destination: 'webhook', enabled: true };
  expect(describeSimulatorReach({ connections: [simulated, real, hook], tags: {} }, destinations)).toBe(
    `${leaving}the connection bing to Microsoft Advertising, the connection crm to Webhook.`,
  );
  const tags = { microsoft: { mode: 'attach' as const } };
  expect(describeSimulatorReach({ connections: [simulated], tags }, destinations)).toBe(
    `${leaving}the browser tag UET tag of Microsoft Advertising.`,
  );
});

test('the tag of a platform with a simulated and a real connection is named', () => {
  const own = { id: 'meta', destination: 'meta', enabled: true };
  const tags = { meta: { mode: 'load' as const } };
  expect(describeSimulatorReach({ connections: [simulated, own], tags }, destinations)).toBe(
    `${leaving}the connection meta to Meta, the browser tag Meta Pixel of Meta.`,
  );
});

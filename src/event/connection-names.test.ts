import { describe, expect, it } from 'vitest';
import { nameConnections } from './connection-names.ts';

const destinations = [{ id: 'meta', name: 'Meta' }];
const build = (id: string, isSimulated?: true) =>
  ({
    id,
    destination: 'meta',
    origin: 'dashboard',
    enabled: true,
    settings: {},
    secrets: [],
    isLive: !isSimulated,
    ...(isSimulated && { isSimulated }),
  }) as const;

describe('the name of a connection', () => {
  it('has the id if several connections deliver to the platform, and states the platform once', () => {
    expect(nameConnections([build('eu')], destinations)).toEqual({ eu: 'Meta' });
    expect(nameConnections([build('meta'), build('eu')], destinations)).toEqual({ meta: 'Meta', eu: 'Meta (eu)' });
  });

  it('marks the one that the own simulator receives, beside a real one', () => {
    expect(nameConnections([build('meta-simulator', true), build('eu')], destinations)).toEqual({
      'meta-simulator': 'Meta (simulator)',
      eu: 'Meta',
    });
  });
});

import { describe, expect, it } from 'vitest';
import { dayMs } from '../../../event/units.ts';
import { at, getStep } from './checklist.fixture.ts';

const builtAt = at - 30 * dayMs;
const tables = [
  { name: 'iptoasn-country', builtAt },
  { name: 'geo-whois-asn-country', builtAt },
];
const collector = { trustedProxies: ['10.0.0.1'] };
const table = { settings: { collector, country: { mode: 'table', files: [] } }, tables } as const;
const headers = { settings: { collector, country: { mode: 'headers', files: [] } }, tables: [] } as const;

describe('the step of the country', () => {
  it('names the tables, their dates and how often they differ', () => {
    const { state, says } = getStep('country-known', [], { countries: table, now: at });
    expect(state).toBe('done');
    expect(says).toMatch(/^Countries come from the tables `iptoasn-country` of \d{4}-.*if they agree\. .*differ for 7%.*\.$/);
    expect(says).not.toContain('days old');
  });

  it('reports tables that are older than 90 days', () => {
    expect(getStep('country-known', [], { countries: table, now: at + 100 * dayMs }).says).toContain('up to 130 days old');
  });

  it('offers the sources, with how often the tables differ, if there is none', () => {
    const { state, says } = getStep('country-known', [], { countries: headers, now: at });
    expect(state).toBe('optional');
    expect(says).toMatch(/denied for everyone\. Set `collector\.countryHeader`.*`country\.mode` to `table`\. .*15%.*\.$/);
  });

  it('is absent if the policy does not depend on the country', () => {
    const site = { consent: { policy: 'strict' } } as const;
    expect(() => getStep('country-known', [], { countries: table, now: at, site })).toThrow('no step');
  });
});

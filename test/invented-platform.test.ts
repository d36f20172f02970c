import { expect, test } from 'vitest';
import { destinationView } from '../src/api/sites/destination-view.ts';
import { parseSettingFields } from '../src/dashboard/pages/destinations/settings/setting-fields.ts';
import { parseTagFields, toTagForms, toTagPatch } from '../src/dashboard/pages/sites/form/tag-form.ts';
import { acme } from '../src/destinations/kit/acme.fixture.ts';
import { getSiteTags } from '../src/destinations/site-tags.ts';
import { diagnoseConsent } from '../src/doctor/consent-doctor.ts';
import { consentReport } from '../src/doctor/consent-report.ts';
import { formatSnippet } from '../src/doctor/consent-tools.ts';
import { analyzePage } from '../src/doctor/page-report.ts';
import type { Site } from '../src/event/site.ts';
import { createPixelScripts } from '../src/ingest/browser/pixel-script.ts';
import { shop } from '../src/ingest/site.fixture.ts';

/** A platform whose names are those of no real one takes part wherever browser tags and settings do. */

const connections = [{ id: 'a', destination: acme.id, enabled: true, settings: { account: 'b7' } }];
const withTag: Site = { ...shop, connections, tags: { acme: { mode: 'attach', beacon: 'b7', host: 'tag.acme.example' } } };
const view = destinationView(acme);

test('the pixel of a site has the driver of the invented platform, its settings and its needs, and no other driver', () => {
  const built = {
    core: 'start(__CONVEY_SETTINGS__,__CONVEY_PARTS__,script)',
    overlay: '',
    overlayStub: '',
    consentTools: 'tools',
    consentReader: 'readers',
    consentReaders: {},
    shopifyCart: 'cart',
    captures: { 'data-layer': '() => 1', 'data-layer-preview': '() => 2' },
    drivers: { acme: 'acmeDriver', other: 'otherDriver' },
  };
  const createScript = createPixelScripts(built, (site) => getSiteTags(site, [acme]));
  const read = (site: Site) => new TextDecoder().decode(createScript(site, undefined).bytes);
  const script = read(withTag);
  expect(script).toContain('drivers:[["acme",acmeDriver]]');
  expect(script).toContain('"tags":{"acme":{"mode":"attach","beacon":"b7","host":"tag.acme.example"}}');
  expect(script).toContain('"tcf":{"vendors":[9001],"purposes":[1,2]}');
  expect(script).not.toContain('otherDriver');
  expect(read({ ...shop, connections })).not.toContain('acmeDriver');
});

test("the dashboard makes the invented platform's forms from its schemas", () => {
  expect(parseSettingFields(view).map(({ name, kind, isRequired }) => [name, kind, isRequired])).toEqual([
    ['account', 'text', true],
    ['secret', 'secret', true],
    ['mode', 'choice', false],
  ]);
  const { main, advanced } = parseTagFields(view);
  expect([main, advanced].map((fields) => fields.map(({ title }) => title))).toEqual([['Beacon'], ['Host']]);
  const forms = toTagForms([view], {});
  expect(toTagPatch(forms)).toEqual({});
  expect(toTagPatch({ acme: { ...forms.acme, mode: 'load', beacon: 'b7' } })).toEqual({
    acme: { mode: 'load', beacon: 'b7', host: 'tag.acme.example' },
  });
});

test("the consent doctor finds the invented platform's tag on a page, and compares it with the settings", () => {
  const snippet = formatSnippet(`https://data.shop.example/p.js?k=${shop.writeKey}`);
  const diagnose = (site: Site, tag: string) => {
    const page = analyzePage(`${snippet}<script>${tag}</script>`, [acme]);
    const evidence = { site, sites: [site], pixelPath: '/p.js', knowsCountry: true, report: consentReport([]), page };
    return diagnoseConsent(evidence, [acme]).filter(({ subject }) => subject === 'Acme Beacon');
  };
  expect(diagnose(withTag, "acmeBeacon('b7')")).toMatchObject([{ level: 'ok', says: expect.stringContaining('Acme Beacon b7') }]);
  expect(diagnose(withTag, "acmeBeacon('b8')")).toMatchObject([
    { level: 'warning', says: expect.stringContaining('`tags.acme.beacon` is the id of another tag') },
  ]);
  expect(diagnose({ ...shop, connections }, "acmeBeacon('b7')")).toMatchObject([
    { level: 'warning', paste: { lines: '"tags": { "acme": { "mode": "attach", "beacon": "b7" } }' } },
  ]);
  expect(diagnose(shop, 'other()')).toEqual([]);
});

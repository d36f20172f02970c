import { expect, test } from 'vitest';
import { describe } from './microsoft.ts';

const goal = { event: 'Lead', name: 'lead', delivered: 3, countedBy: [], isUncounted: true, isSuggested: false };
const report = {
  site: 'shop',
  connection: 'bing',
  checkedAt: Date.UTC(2026, 10, 27, 9),
  findings: [],
  leftOut: 0,
  isPartial: false,
};

test('the goals of a connection are a table, and problems of events that were not sent are left out', () => {
  const text = describe({
    ...report,
    events: [
      { ...goal, findings: [{ code: 'none', message: 'No goal counts it.' }] },
      { ...goal, event: 'SignUp', name: 'sign_up', delivered: 0, findings: [{ code: 'none', message: 'Unsent.' }] },
      { ...goal, event: 'Purchase', name: 'purchase', isUncounted: false, countedBy: ['Sale'], findings: [] },
    ],
  });
  expect(text).toContain('shop/bing  checked 2026-11-27 09:00 UTC');
  expect(text).toMatch(/Lead +lead +3 +accepted, not counted/);
  expect(text).toMatch(/SignUp +sign_up +0 +no goal/);
  expect(text).toMatch(/Purchase +purchase +3 +Sale/);
  expect(text).toContain('- No goal counts it.');
  expect(text).not.toContain('Unsent.');
});

test('a check without a result says why', () => {
  const text = describe({ ...report, events: [], failure: { code: '106 UserIsNotAuthorized', message: 'No right.' } });
  expect(text).toContain('The last check had no result: No right. (106 UserIsNotAuthorized)');
  const unread = describe({ ...report, events: [{ ...goal, isUncounted: false, findings: [] }], leftOut: 150, isPartial: true });
  expect(unread).toMatch(/Lead +lead +3 +not known/);
  expect(unread).toContain('150 less frequent names of events left out.');
});

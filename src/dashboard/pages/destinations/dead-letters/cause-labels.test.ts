import { expect, it } from 'vitest';
import { causeLabels, describeReason } from './cause-labels.ts';

it('names a failed event by the code of its last issue, and keeps the warnings before it apart', () => {
  const warning = { field: 'user.phone', code: 'phone-unreadable', message: 'The phone number was left out.' };
  const refused = { field: '', code: '100/2804019', message: 'A field has a wrong form.' };
  expect(describeReason({ cause: 'rejected', issues: [warning, refused] })).toEqual({
    label: '100/2804019',
    message: 'A field has a wrong form.',
    warnings: [warning],
  });
  expect(describeReason({ cause: 'expired', issues: [] })).toEqual({
    label: 'expired',
    message: causeLabels.expired,
    warnings: [],
  });
});

import { expect, test } from 'vitest';
import { isAdjustedOutcome } from '../../event/adjusted-outcomes.ts';
import { outcomeNames } from '../http/outcome-names.ts';
import { explainSteps } from './event-steps.ts';

const granted = { stated: 'granted', effective: 'granted' } as const;
const history: Parameters<typeof explainSteps>[0] = {
  outcome: 'delivered',
  says: 'Delivered.',
  issues: [],
  consent: granted,
  isWithoutPerson: false,
  reporters: ['server'],
  attempts: [],
  checks: [],
};
const attempt = { result: 'delivered', status: 200 } as const;
const explain = (more: Partial<typeof history>) => explainSteps({ ...history, ...more });
const states = (more: Partial<typeof history>) =>
  explain(more)
    .map(({ state }) => state)
    .join(' ');
const stopOf = (more: Partial<typeof history>) => explain(more).findLast(({ state }) => state !== 'none');

test.each(outcomeNames)('the outcome %s stops at one step, whose words are those of the outcome', (outcome) => {
  const steps = explain({ outcome, says: 'The sentences of the outcome.' });
  expect(steps.map(({ step }) => step)).toEqual(['received', 'consent', 'rule', 'sent', 'answered', 'countable']);
  const stop = steps.find(({ state }) => state !== 'done');
  if (isAdjustedOutcome(outcome)) expect(steps[3]).toMatchObject({ state: 'done', message: 'The sentences of the outcome.' });
  else if (outcome === 'delivered') expect(stop).toMatchObject({ step: 'countable', state: 'unknown' });
  else expect(stop?.message).toBe('The sentences of the outcome.');
  expect(steps.slice(stop ? steps.indexOf(stop) + 1 : 6).map(({ state }) => state)).toEqual(
    steps.slice(stop ? steps.indexOf(stop) + 1 : 6).map(() => 'none'),
  );
  expect(steps.every(({ message }) => message !== '')).toBe(true);
});

test('the step of the receipt names the service that reported the event', () => {
  expect(explain({ reporters: ['webhook', 'browser'], reportedBy: 'Stripe' })[0]?.message).toBe(
    'Reported by Stripe, and one duplicate report was merged.',
  );
  expect(explain({ reporters: ['server'] })[0]?.message).toBe('Reported by the server.');
});

test('a refund that was sent is answered, and one that was deducted before the purchase was sent is not', () => {
  const attempts = [{ result: 'delivered', status: 200 }] as const;
  expect(states({ outcome: 'restated' })).toBe('done done done done none none');
  expect(states({ outcome: 'restated', attempts })).toBe('done done done done done none');
});

test('an event stops where it was skipped, refused or waits', () => {
  expect(states({ outcome: 'consent-denied' })).toBe('done skipped none none none none');
  expect(states({ outcome: 'rule' })).toBe('done done skipped none none none');
  expect(states({ outcome: 'bot' })).toBe('done done done skipped none none');
  expect(states({ outcome: 'dead' })).toBe('done done done failed none none');
  expect(states({ outcome: 'dead', attempts: [{ result: 'peel', status: 400 }] })).toBe('done done done done failed none');
  expect(states({ outcome: 'undelivered' })).toBe('done done done waiting none none');
  expect(states({ outcome: 'waiting', attempts: [{ result: 'retry', status: 503 }] })).toBe('done done done done waiting none');
  expect(states({ outcome: 'waiting', consent: { stated: 'unknown', effective: 'pending' } })).toBe(
    'done waiting none none none none',
  );
  expect(states({ outcome: 'unverified', attempts: [{ result: 'unverified' }] })).toBe('done done done done unknown none');
  expect(states({ outcome: 'of-a-newer-version' })).toBe('done done done unknown none none');
});

test("an event that is uploaded to the connected account has the upload's state, not that of a skip", () => {
  const outcome = 'too-old-on-arrival';
  expect(states({ outcome })).toBe('done done done skipped none none');
  expect(states({ outcome, upload: 'waiting' })).toBe('done done done waiting none none');
  expect(states({ outcome, upload: 'uploaded' })).toBe('done done done done none none');
  expect(states({ outcome, upload: 'refused' })).toBe('done done done done failed none');
  expect(states({ outcome, upload: 'dead' })).toBe('done done done failed none none');
  for (const refund of ['awaiting-purchase', 'awaiting-upload'] as const)
    expect(states({ outcome: refund })).toBe('done done done waiting none none');
});

test('consent is no question for an event that is stored without personal data', () => {
  for (const outcome of ['restated', 'awaiting-purchase', 'test-order'] as const)
    expect(explain({ outcome, isWithoutPerson: true })[1]).toEqual({
      step: 'consent',
      state: 'not-applicable',
      message: 'Does not apply, because the report has no personal data.',
    });
  // The shopper's denial keeps the refund of their order from the platform.
  expect(states({ outcome: 'consent-denied', isWithoutPerson: true })).toBe('done skipped none none none none');
});

test('a failure has its reasons, and a skip by a rule the rule', () => {
  const issues = [{ field: 'em', code: 'em', message: 'Is no hash. Send a hash.' }];
  expect(stopOf({ outcome: 'dead', issues })?.message).toBe('Is no hash. Send a hash.');
  const effects = [{ rule: 'wholesale', did: 'skip', message: 'Rule “Wholesale” skipped the event.' }] as const;
  expect(stopOf({ outcome: 'rule', rules: { digest: '-', effects: [...effects] } })?.message).toContain('Wholesale');
});

test('an accepted event is countable as its worst condition says, and never failed', () => {
  const check = (title: string, answer: 'yes' | 'no' | 'wait' | 'unseen') => ({ title, answer, message: `${answer}.` });
  const accepted = check('Meta accepted the event', 'yes');
  const counted = (...checks: readonly ReturnType<typeof check>[]) =>
    explain({ attempts: [attempt], checks: [check('The connection is delivering', 'no'), accepted, ...checks] }).at(-1);
  expect(counted()).toMatchObject({ step: 'countable', state: 'unknown' });
  expect(counted(check('Meta accepted all fields', 'no'), check('The event is recent', 'yes'))).toMatchObject({ state: 'done' });
  expect(counted(check('It is recent', 'yes'), check('It has a goal', 'unseen'))).toMatchObject({
    state: 'unknown',
    message: 'unseen.',
  });
  // The platform accepted the event: a condition that does not hold is no failure.
  expect(counted(check('It has a goal', 'unseen'), check('It is recent', 'no'))).toMatchObject({
    state: 'unknown',
    message: 'no.',
  });
  expect(explain({ attempts: [attempt] })[4]?.message).toBe('Accepted, with the status 200.');
});

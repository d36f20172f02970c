import { expect, it } from 'vitest';
import type { OpenAlertView } from '../../../api/client.ts';
import { sortAlerts } from './sort-alerts.ts';

const alert = (on: OpenAlertView['on'], since: number, isUrgent = false): OpenAlertView => ({
  ...{ key: `${on} ${since}`, on, isUrgent, title: on, sentence: '', figures: [], path: '/', since, beganAt: since },
});

it('alerts are sorted by need: urgent ones, those that need a person, and those that Convey retries', () => {
  const alerts = [alert('disk', 9, true), alert('paused', 7), alert('paused', 8), alert('retrying', 1)];
  expect(sortAlerts(alerts.toReversed())).toEqual(alerts);
});

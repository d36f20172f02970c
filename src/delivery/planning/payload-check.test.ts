import { expect, it } from 'vitest';
import type { Json } from '../../event/issue.ts';
import { sampleIssue } from '../tiny-platform.fixture.ts';
import { PayloadCheck } from './payload-check.ts';

const good = { id: 'good' };
const bad = { id: 'bad' };

function openCheck(hasMisfit = () => false) {
  const checked: Json[] = [];
  const check = new PayloadCheck(
    {
      findMisfits(payload) {
        checked.push(payload);
        return payload === bad ? [sampleIssue] : [];
      },
    },
    hasMisfit,
  );
  return { check, checked };
}

it('checks the first payload and one of 1,000 while all fit', () => {
  const { check, checked } = openCheck();
  for (let n = 0; n < 2_001; n++) expect(check.findMisfits(good)).toEqual([]);
  expect(checked).toHaveLength(3);
});

it('checks every payload after one that does not fit, in the same batch too', () => {
  const { check, checked } = openCheck();
  expect(check.findMisfits(bad)).toEqual([sampleIssue]);
  check.findMisfits(good);
  expect(check.findMisfits(bad)).toEqual([sampleIssue]);
  expect(checked).toEqual([bad, good, bad]);
});

it('checks every payload while the state has a misfit, and samples again once an operator has ended that', () => {
  let hasMisfit = false;
  const { check, checked } = openCheck(() => hasMisfit);
  check.findMisfits(bad);
  hasMisfit = true;
  check.findMisfits(good);
  hasMisfit = false;
  expect(check.findMisfits(bad)).toEqual([]);
  expect(checked).toEqual([bad, good]);
});

import { expect } from 'vitest';
import type { DashboardUser } from '../dashboard.fixture.ts';

/** The questions that a person brings to the overview, each with the actions that lead to its answer. An action is a click. */

/** The facts of the scene that the answers must have. */
interface QuestionFacts {
  readonly platform: string;
  /** The order that failed at the platform, and its amount. */
  readonly order: string;
  readonly amount: string;
}

/** Answers each question from the overview. Fails if an answer needs more actions than before. */
export async function answerFirstQuestions(
  { page, open }: DashboardUser,
  { platform, order, amount }: QuestionFacts,
): Promise<void> {
  let actions = 0;
  const begin = async () => {
    await open('/');
    await page.getByRole('region', { name: 'Status' }).waitFor();
    actions = 0;
  };
  const main = page.locator('main');
  const click = async (role: 'button' | 'link' | 'radio', name: string | RegExp, within = main) => {
    actions += 1;
    // The label of a segment takes the click of its radio.
    const found = role === 'radio' ? within.getByText(name, { exact: true }) : within.getByRole(role, { name, exact: true });
    await found.first().click();
  };

  // Is money being lost, and since when? The list of issues is made once a minute.
  await begin();
  const loss = main.getByText(`1 purchase could not be delivered to ${platform}, worth ${amount}`).first();
  await loss.waitFor({ timeout: 90_000 });
  await main
    .getByText(/^found /)
    .first()
    .waitFor();
  expect(['money', actions]).toEqual(['money', 0]);

  // Which revenue did each platform get?
  await begin();
  await click('radio', 'Money');
  const bar = main.getByRole('listitem', { name: `${platform}, USD` });
  await bar.getByText(amount).waitFor();
  expect(['revenue', actions]).toEqual(['revenue', 1]);

  // Which order is missing at the platform, and why?
  await begin();
  await click('link', 'Failed', main.getByRole('listitem', { name: platform, exact: true }));
  const row = page.getByRole('row').filter({ hasText: order });
  await row.waitFor();
  await click('link', 'Purchase', row);
  await page.getByText(`${platform}: answered, failed`).waitFor();
  expect(['missing', actions]).toEqual(['missing', 2]);

  // What changed on a day of the week?
  await begin();
  await click('link', 'Activity', page.getByRole('navigation', { name: 'Pages' }));
  await page.getByRole('rowheader', { name: /day, / }).first().waitFor();
  expect(['changes', actions]).toEqual(['changes', 1]);

  // What failed is sent again.
  await begin();
  await click('link', /^Review failed events/);
  await click('button', /^Retry 1 event, /);
  await click('button', 'Retry', page.getByRole('dialog'));
  await page.getByRole('status').filter({ hasText: '1 event will be sent.' }).waitFor();
  expect(['retry', actions]).toEqual(['retry', 3]);
}

import type { Page } from 'playwright-core';

/** A shopper's actions in the demo shop. */

export const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

/** `networkidle`: the shopper stays until the page's requests are complete. */
export type Until = 'load' | 'networkidle';

export async function follow(page: Page, name: string, address: string | RegExp, waitUntil: Until = 'load'): Promise<void> {
  await page.getByRole('link', { name }).first().click();
  await page.waitForURL(address, { waitUntil });
}

/** Buys the product of the open page. Returns the order's id from the thank-you page. */
export async function buy(page: Page, waitUntil: Until = 'load'): Promise<string> {
  await press(page, 'Add to cart');
  await follow(page, 'View the cart', /cart$/, waitUntil);
  await follow(page, 'Check out', /checkout$/, waitUntil);
  await page.getByLabel('E-mail').fill('Jane.Doe+x@Example.com');
  await page.getByLabel('Phone').fill('+1 (425) 555-1234');
  await page.getByLabel('Full name').fill('Jane Doe');
  await page.getByLabel('Street and number').fill('12 Example Street');
  await page.getByLabel('Postcode').fill('98052');
  await page.getByLabel('Town or city').fill('Redmond');
  await press(page, 'Place the order');
  await page.waitForURL(/thanks\?order=\d+$/, { waitUntil });
  return new URL(page.url()).searchParams.get('order') ?? '';
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { z } from 'zod';
import { createFacade } from './facade.ts';
import { patienceMs, waitUntil } from './wait-until.ts';
import type { WebPage } from './web-window.ts';

/** Locators, which find their elements anew for each action, and wait until it can be done. */

export type TextMatch = string | RegExp;
type Step = Readonly<Record<string, unknown>>;

interface TextOptions {
  readonly exact?: boolean;
}

/** The locators that begin at a page, or at other locators. */
export interface Locators {
  getByRole(role: string, options?: { readonly name?: TextMatch; readonly level?: number } & TextOptions): Locator;
  getByText(text: TextMatch, options?: TextOptions): Locator;
  getByLabel(text: TextMatch, options?: TextOptions): Locator;
  getByPlaceholder(text: TextMatch): Locator;
  getByTitle(text: TextMatch): Locator;
  locator(css: string, options?: { readonly hasText?: TextMatch }): Locator;
}

const toMatch = (text: TextMatch, { exact = false }: TextOptions = {}) =>
  typeof text === 'string' ? { text, exact } : { form: text.source, flags: text.flags };

/** The function that finds elements on the page. */
const findElements = readFileSync(join(import.meta.dirname, 'find-elements.page.js'), 'utf8').replace('export ', '');

const referencesSchema = z.array(z.record(z.string(), z.string()));

export function createLocators(page: WebPage, steps: readonly Step[] = []): Locators {
  const next = (...more: readonly Step[]) => createLocator(page, [...steps, ...more]);
  return {
    getByRole: (role, { name, level, exact = false } = {}) =>
      next({ kind: 'role', role, level, ...(name !== undefined && { name: toMatch(name, { exact }) }) }),
    getByText: (text, options) => next({ kind: 'text', text: toMatch(text, options) }),
    getByLabel: (text, options) => next({ kind: 'label', label: toMatch(text, options) }),
    getByPlaceholder: (text) => next({ kind: 'attribute', attribute: 'placeholder', value: toMatch(text) }),
    getByTitle: (text) => next({ kind: 'attribute', attribute: 'title', value: toMatch(text) }),
    locator: (css, { hasText } = {}) =>
      next({ kind: 'css', css }, ...(hasText === undefined ? [] : [{ kind: 'filter', hasText: toMatch(hasText) }])),
  };
}

function createLocator(page: WebPage, steps: readonly Step[]): Locator {
  const description = JSON.stringify(steps);
  const find = async () => referencesSchema.parse(await page.run(findElements, steps));
  /** Calls a function with the first element and an argument, once there is one. */
  const apply = (code: unknown, arg?: unknown, timeout?: number) =>
    waitUntil(
      async () => {
        const [first] = await find();
        return first && { value: await page.run(code, first, ...(arg === undefined ? [] : [arg])) };
      },
      description,
      timeout,
    ).then(({ value }) => value);
  const applyAll = async (code: unknown, arg?: unknown) => page.run(code, await find(), arg);
  const isVisible = async () =>
    (await applyAll((all: readonly Element[]) => all.some((one) => one.checkVisibility({ visibilityProperty: true })))) === true;
  /** Waits until the first element can be used, and returns its reference. */
  const getUsable = () =>
    waitUntil(async () => {
      const [first] = await find();
      if (!first) return undefined;
      const isUsable = await page.run(
        (one: Element) => one.checkVisibility({ visibilityProperty: true }) && !one.matches(':disabled,[aria-disabled=true]'),
        first,
      );
      return isUsable === true && first;
    }, `${description} can be used`);
  const click = () =>
    waitUntil(async () => {
      const usable = await getUsable();
      // In the middle, nothing that is fixed at an edge of the window hides it.
      await page.run((one: Element) => one.scrollIntoView({ block: 'center' }), usable);
      await page.call('POST', `/element/${Object.values(usable)[0]}/click`);
      return true;
    }, `click ${description}`);
  const fill = async (text: string) => {
    await page.run(
      (one: HTMLInputElement, value: string) => {
        one.focus();
        one.select();
        document.execCommand(value ? 'insertText' : 'delete', false, value);
        // An input with a picker takes no text.
        if (one.value === value) return;
        Object.getOwnPropertyDescriptor(Object.getPrototypeOf(one), 'value')?.set?.call(one, value);
        one.dispatchEvent(new Event('input', { bubbles: true }));
        one.dispatchEvent(new Event('change', { bubbles: true }));
      },
      await getUsable(),
      text,
    );
  };
  const focus = async () => page.run((one: HTMLElement) => one.focus(), await getUsable());
  const setChecked = async (wanted: boolean) => {
    if ((await apply((one: HTMLInputElement) => one.checked)) !== wanted) await click();
  };
  return createFacade<Locator>('locator', {
    ...createLocators(page, steps),
    first: () => createLocator(page, [...steps, { kind: 'nth', nth: 0 }]),
    last: () => createLocator(page, [...steps, { kind: 'nth', nth: -1 }]),
    nth: (nth: number) => createLocator(page, [...steps, { kind: 'nth', nth }]),
    filter: ({ hasText }: { hasText: TextMatch }) =>
      createLocator(page, [...steps, { kind: 'filter', hasText: toMatch(hasText) }]),
    all: async () => (await find()).map((_, nth) => createLocator(page, [...steps, { kind: 'nth', nth }])),
    count: async () => (await find()).length,
    click,
    fill,
    focus,
    check: () => setChecked(true),
    uncheck: () => setChecked(false),
    async press(key: string) {
      await focus();
      await page.page.keyboard.press(key);
    },
    selectOption: async (wanted: string) =>
      page.run(
        (one: HTMLSelectElement, value: string) => {
          const option = [...one.options].find((each) => each.value === value || each.label === value);
          Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value')?.set?.call(one, option?.value);
          one.dispatchEvent(new Event('input', { bubbles: true }));
          one.dispatchEvent(new Event('change', { bubbles: true }));
        },
        await getUsable(),
        wanted,
      ),
    isVisible,
    isHidden: async () => !(await isVisible()),
    isEnabled: () => apply((one: Element) => !one.matches(':disabled,[aria-disabled=true],[data-disabled]')),
    isDisabled: () => apply((one: Element) => one.matches(':disabled,[aria-disabled=true],[data-disabled]')),
    isChecked: () => apply((one: HTMLInputElement) => one.checked),
    textContent: () => apply((one: Element) => one.textContent),
    inputValue: () => apply((one: HTMLInputElement) => one.value),
    getAttribute: (name: string) => apply((one: Element, wanted: string) => one.getAttribute(wanted), name),
    evaluate: (code: unknown, arg: unknown) => apply(code, arg),
    evaluateAll: applyAll,
    allTextContents: () => applyAll((all: readonly Element[]) => all.map((one) => one.textContent)),
    async waitFor({ state = 'visible', timeout = patienceMs }: { state?: string; timeout?: number } = {}) {
      const isReached = async () => {
        if (state === 'attached' || state === 'detached') return (await find()).length > 0 === (state === 'attached');
        return (await isVisible()) === (state === 'visible');
      };
      await waitUntil(isReached, `${description} is ${state}`, timeout);
    },
  });
}

import type { watchConsentTools } from './consent-tools.ts';

/**
 * Reads the choice that a consent tool of the page has stored: a list with whether the shopper allows advertising, in all services of the
 * category. Anything else: no choice is stored. Throws if the tool is not on the page. A reader looks at the page twice a second, so it
 * needs no events.
 * @param category the shop's own name of the category, if it is not the usual one.
 */
export type ReadChoice<Page> = (page: Page, category?: string) => readonly [isAllowed: boolean] | '' | false | null | undefined;

/**
 * Returns the function that also reads the tools that the site's settings name, before all others. A stored choice that is gone was
 * withdrawn, and stays so for the page.
 */
export function addToolReaders(
  watch: typeof watchConsentTools,
  ...readers: readonly ReadChoice<Window>[]
): typeof watchConsentTools {
  return (...given: [Parameters<typeof watch>[0], Parameters<typeof watch>[1], Parameters<typeof watch>[2]]) =>
    watch(
      ...given,
      readers.map((readChoice) => {
        let choice: ReturnType<typeof readChoice>;
        return (page) => {
          choice = readChoice(page) || (choice && [false]);
          return choice && { source: 'cmp', adStorage: choice[0] ? 'granted' : 'denied', explicit: true };
        };
      }),
    );
}

import type { PixelSettings } from '../event/pixel-settings.ts';
import type { PageCommand } from './page-views.ts';

/**
 * Reports page views under the paths of the site's rules. A navigation to an address that is reported alike is no view. A call of the page's
 * own always is one.
 */
export function nameVirtualPages(commands: PageCommand, { pages }: PixelSettings): void {
  const { page } = commands;
  let last = '';
  commands.page = (fields, referrer) => {
    const url = new URL(location.href.replace(/#(?![!/]).*/, ''));
    const rule = pages?.find(([expression]) => RegExp(expression).test(url.pathname));
    if (rule) {
      const [, as, ...ignored] = rule;
      url.pathname = as || url.pathname;
      for (const name of ignored) url.searchParams.delete(name);
    }
    const before = last;
    last = url.href;
    if (!referrer || last !== before) page(rule ? { url: last, ...fields } : fields, referrer && before);
  };
}

import { type TrackCommand, watchOwnReports } from './own-reports.ts';
import { swallowErrors } from './swallow-errors.ts';

const name = 'Contact';
const repeatMs = 2_000;

/** Reports a click on a link that calls or writes to the shop. The address of the link is neither read further nor sent. */
export function watchContacts(commands: TrackCommand): void {
  const isOwn = watchOwnReports(commands);
  let last = 0;
  addEventListener(
    'click',
    swallowErrors(({ target }: MouseEvent) => {
      const link: Partial<HTMLAnchorElement> = Object(target instanceof Element && target.closest('a[href]'));
      const [, method] = /^(tel|mailto):/.exec(link.protocol ?? '') ?? [];
      if (!method || isOwn([name.toLowerCase()]) || Date.now() - last < repeatMs) return;
      last = Date.now();
      commands.track(name, { properties: { capture: 'contact', method } });
    }),
    true,
  );
}

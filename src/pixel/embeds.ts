import type { PixelSettings } from '../event/pixel-settings.ts';
import { type TrackCommand, watchOwnReports } from './own-reports.ts';
import { swallowErrors } from './swallow-errors.ts';

const repeatMs = 2_000;

/** Reports a lead when a shopper completes a form of another service, by the signals of that service. */
export function watchEmbeds(commands: TrackCommand, { embeds = [] }: PixelSettings): void {
  const isOwn = watchOwnReports(commands);
  const reportedAt: Record<string, number> = {};
  for (const [embed, { on, from, isFunction, has = [] }] of embeds) {
    const take = swallowErrors((signal: { readonly origin?: string; readonly data?: unknown }) => {
      const { data = signal } = signal;
      if (from !== undefined && signal.origin !== (from || origin)) return;
      const content: unknown = typeof data === 'string' ? JSON.parse(data) : data;
      let id: string | undefined;
      const isKnown = has.every(([path, form]) => {
        const text: unknown = path.split('.').reduce((value, name) => Object(value)[name], content);
        const found = typeof text === 'string' && new RegExp(form).exec(text);
        id = found ? found[1] : id;
        return found;
      });
      // The page's own listeners may report the lead themselves.
      setTimeout(() => {
        const now = Date.now();
        // HubSpot's forms may have two signals.
        if (!isKnown || isOwn(['lead', 'generate_lead']) || now - (reportedAt[embed] ?? 0) < repeatMs) return;
        reportedAt[embed] = now;
        commands.track('Lead', { id, properties: { capture: embed } });
      });
    });
    if (isFunction) Object.assign(window, { [on]: take });
    else addEventListener(on, (event) => take(Object(event)));
  }
}

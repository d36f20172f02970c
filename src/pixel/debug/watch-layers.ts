import type { DataLayerSettings } from '../../event/pixel-settings.ts';
import { swallowErrors } from '../swallow-errors.ts';
import type { DebugRows } from './overlay-panel.ts';

/** The forms of Universal Analytics, by the member of `ecommerce` that stands for an event. */
const steps = ['purchase', 'checkout', 'add', 'detail'];

/** Creates a function that looks for new entries of the page's data layers, and shows those that are not reported. */
export function createLayerWatch(
  rows: DebugRows,
  { layers, events, isPreview }: DataLayerSettings,
  reported: unknown[],
): () => void {
  const known = new Set<unknown>();
  const names = new Map(events);

  const readEvent = (name: string) => {
    const as = names.get(name)?.as;
    const at = reported.indexOf(as);
    const reason = !as ? "not in the site's list" : isPreview ? `preview of ${as}` : at < 0 && 'repeated, or no order id';
    if (at >= 0) reported.splice(at, 1);
    if (!reason || known.has(name + reason) || /^gtm\.|^undefined$/.test(name)) return;
    known.add(name + reason);
    rows.add(name, 'Not reported', { 'Data layer': reason });
  };

  const readEntry = swallowErrors((raw: unknown) => {
    const wrapped = Object(raw);
    if (known.has(wrapped)) return;
    known.add(wrapped);
    const entry = wrapped.getUntrustedUpdateValue?.() ?? wrapped;
    const [command, first] = Array.from(entry);
    const ecommerce = Object(entry.ecommerce);
    const step = steps.find((one) => ecommerce[one]);
    if (command === 'event') readEvent(String(first));
    else if (!command) readEvent(step ? `.${step}` : String(entry.event).replace(/^dl_/, ''));
  });

  return swallowErrors(() => {
    for (const name of layers) [...(Object(window)[name] ?? [])].forEach(readEntry);
  });
}

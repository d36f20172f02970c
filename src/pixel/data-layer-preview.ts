import type { PixelSettings } from '../event/pixel-settings.ts';
import { showSeenNames } from './seen-names.ts';
import { swallowErrors } from './swallow-errors.ts';

const maxDepth = 3;
const maxKeys = 20;
/** The forms of Universal Analytics, by the member of `ecommerce` that stands for an event. */
const steps = ['purchase', 'checkout', 'add', 'detail'];

/** Lists the paths of an object's values, without the values. A list has the paths of its first item. */
function listPaths(value: unknown, prefix = '', depth = 0): readonly string[] {
  const source: unknown = Array.isArray(value) ? value[0] : value;
  if (Object.prototype.toString.call(source) !== '[object Object]' || depth > maxDepth) return prefix ? [prefix] : [];
  return Object.keys(Object(source))
    .slice(0, maxKeys)
    .flatMap((name) => listPaths(Object(source)[name], prefix ? `${prefix}.${name}` : name, depth + 1));
}

/**
 * Shows a session of the dashboard which events a page writes: their names, and the names of their fields. Without a session it reads
 * nothing. It reports no event.
 */
export function previewDataLayer(_commands: unknown, settings: PixelSettings): void {
  const { dataLayer } = settings;
  if (!dataLayer) return;
  const known = new WeakSet<object>();
  // Reads by looking, which changes nothing on the page. An entry that Tag Manager removes at once is not seen.
  showSeenNames(settings, (report) => {
    const note = (name: unknown, source: unknown) => {
      const text = String(name);
      if (!/^gtm\.|^undefined$/.test(text))
        report(
          text,
          listPaths(source).filter((path) => !/^(event$|gtm\.)/.test(path)),
        );
    };

    const readEntry = swallowErrors((raw: unknown) => {
      const wrapped = Object(raw);
      if (known.has(wrapped)) return;
      known.add(wrapped);
      const entry = wrapped.getUntrustedUpdateValue?.() ?? wrapped;
      const [command, first, second] = Array.from(entry);
      if (command === 'event') note(first, second);
      if (command !== undefined) return;
      const ecommerce = Object(entry.ecommerce);
      const step = steps.find((one) => ecommerce[one]);
      note(step ? `.${step}` : entry.event, entry);
    });

    for (const name of dataLayer.layers) [...(Object(window)[name] ?? [])].forEach(readEntry);
  });
}

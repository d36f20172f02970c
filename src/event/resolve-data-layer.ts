import {
  type CapturedEvent,
  defaultCapture,
  type Ga4EventName,
  ga4EventNames,
  ga4Events,
  isDefaultEvent,
} from './capture-settings.ts';
import { mayCapturePurchases, type OrderSettings, reportsOwnOrders } from './own-orders.ts';
import type { DataLayerMapping, DataLayerSettings } from './pixel-settings.ts';
import type { Site } from './site.ts';

type CaptureSite = OrderSettings & Pick<Site, 'capture'>;

/** Returns what the pixel reports of the site's data layers. Undefined: nothing is read. */
export function resolveDataLayer(site: CaptureSite): DataLayerSettings | undefined {
  const { mode, layer } = (site.capture ?? defaultCapture).dataLayer;
  if (mode === 'off') return undefined;
  return {
    layers: layer,
    events: listCapturedEvents(site),
    ...(mode === 'preview' && { isPreview: true }),
    ...(reportsOwnOrders(site) && { isOrderIdNeeded: true }),
  };
}

/** Returns the events that are reported, by the name on the page. An entry of the map replaces an event of GA4 with the same name. */
function listCapturedEvents(site: CaptureSite): DataLayerSettings['events'] {
  const { events, map } = (site.capture ?? defaultCapture).dataLayer;
  const chosen = events ?? ga4EventNames.filter(isDefaultEvent);
  const allowed = chosen.filter((name) => name !== 'purchase' || mayCapturePurchases(site));
  const mapped = Object.entries(map)
    .filter(([, { as }]) => as !== 'Purchase' || mayCapturePurchases(site))
    .map(([name, event]) => [name, toMapping(event)] as const);
  return [...allowed.flatMap(listEvents), ...mapped];
}

/** Returns the name under which an event of a page is reported. Undefined: it is not. */
export function findReportedName(site: CaptureSite, name: string): string | undefined {
  return new Map(listCapturedEvents(site)).get(name)?.as;
}

/** Returns GA4's name of an event of a page, also in the form of Universal Analytics. Undefined: it has another name. */
export function findGa4Name(name: string): Ga4EventName | undefined {
  return ga4EventNames.find((one) => one === name || `.${steps[one]}` === name);
}

/** Returns the event of GA4, and the step of Universal Analytics that stands for it, whose name begins with a dot. */
function listEvents(name: Ga4EventName): DataLayerSettings['events'] {
  const { as } = ga4Events[name];
  const step = steps[name];
  return [[name, { as }], ...(step === undefined ? [] : [[`.${step}`, createStep(as, `ecommerce.${step}`)] as const])];
}

const steps: Readonly<Partial<Record<Ga4EventName, string>>> = {
  purchase: 'purchase',
  begin_checkout: 'checkout',
  add_to_cart: 'add',
  view_item: 'detail',
};

/**
 * Returns where the fields of a step are.
 * @source https://developers.google.com/tag-manager/enhanced-ecommerce (ended 2023-07)
 */
function createStep(as: string, step: string): DataLayerMapping {
  const action = `${step}.actionField`;
  const order = ['value:revenue', 'orderId:id', 'tax:tax', 'shipping:shipping', 'coupon:coupon'];
  const fields = as === 'Purchase' ? order.map((field) => field.replace(':', `:${action}.`)) : [];
  return { as, fields: ['currency:ecommerce.currencyCode', ...fields].join(' '), items: `${step}.products` };
}

/** Writes an event of the page's own as the pixel reads it. Without paths of fields it has those of GA4. */
function toMapping({ as, items, item, ...fields }: CapturedEvent): DataLayerMapping {
  return {
    as,
    ...(Object.keys(fields).length > 0 && { fields: joinFields(fields) }),
    ...(items !== undefined && { items }),
    ...(item && { item: joinFields(item) }),
  };
}

function joinFields(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map((pair) => pair.join(':'))
    .join(' ');
}

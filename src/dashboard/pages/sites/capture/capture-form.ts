import {
  type ApiBody,
  capturedFields,
  capturedItemFields,
  consentCategories,
  ga4EventNames,
  isDefaultEvent,
  type SiteSettingsView,
} from '../../../../api/client.ts';

import { type LeadForm, toLeadForm, toLeadPatch } from './lead-form.ts';
import { type PageRow, toPageRows, toPageRules } from './page-rows.ts';

type SavedCapture = SiteSettingsView['capture'];

/** An event with a name of the page's own. An empty text means that the field is where Google has it. */
export interface MappingRow {
  readonly name: string;
  readonly as: string;
  /** The paths by field. The fields of an item are `item.id` and so on. */
  readonly paths: Readonly<Record<string, string>>;
}

/** The values of the form of a site's data layers. */
export interface CaptureForm extends LeadForm {
  readonly mode: SavedCapture['dataLayer']['mode'];
  readonly layer: readonly string[];
  readonly events: readonly string[];
  readonly rows: readonly MappingRow[];
  readonly pages: readonly PageRow[];
  readonly links: readonly string[];
  /** Empty: none. */
  readonly consentTool: NonNullable<SavedCapture['consentTool']> | '';
  readonly consentCategory: string;
}

const defaultEvents = ga4EventNames.filter(isDefaultEvent);

/** The fields of a mapping, each with its label. */
export const pathFields: readonly (readonly [field: string, label: string])[] = [
  ['value', 'Value'],
  ['currency', 'Currency'],
  ['orderId', 'Order number'],
  ['items', 'List of items'],
  ['item.id', 'Item: ID'],
  ['item.name', 'Item: name'],
  ['item.price', 'Item: price'],
  ['item.quantity', 'Item: quantity'],
  ['tax', 'Tax'],
  ['shipping', 'Shipping'],
  ['coupon', 'Coupon'],
  ['searchTerm', 'Search term'],
  ['customerType', 'Customer type'],
  ['item.discount', 'Item: discount'],
  ['item.brand', 'Item: brand'],
  ['item.category', 'Item: category'],
  ['item.variant', 'Item: variant'],
];

export function toCaptureForm(saved: SavedCapture): CaptureForm {
  const { mode, layer, events = defaultEvents, map } = saved.dataLayer;
  const { pages = [], links = [], consentTool, consentCategory = '' } = saved;
  const rows = Object.entries(map).map(([name, { as, item = {}, ...fields }]) => {
    const ofItem = Object.entries(item).map(([field, path]) => [`item.${field}`, path] as const);
    return { name, as, paths: Object.fromEntries([...Object.entries(fields), ...ofItem]) };
  });
  const others = { pages: toPageRows(pages), links, consentCategory };
  return { mode, layer, events, rows, ...others, consentTool: consentTool ?? '', ...toLeadForm(saved) };
}

/** Returns the body of a change. Members that are `null` are removed. */
export function toCapturePatch(
  { mode, layer, events, rows, pages, links, consentTool, consentCategory, ...leads }: CaptureForm,
  saved?: SavedCapture,
): NonNullable<ApiBody<'PATCH /api/sites/:site'>['capture']> {
  const isDefault = events.length === defaultEvents.length && defaultEvents.every((name) => events.includes(name));
  const removed = Object.keys(saved?.dataLayer.map ?? {}).map((name) => [name.trim(), null] as const);
  const written = rows.map(({ name, as, paths }) => [name.trim(), { as: as.trim(), ...toMembers(paths) }] as const);
  return {
    ...toLeadPatch(leads),
    dataLayer: {
      mode,
      layer: layer.length === 0 ? null : [...layer],
      events: isDefault ? null : [...events],
      map: Object.fromEntries([...removed, ...written]),
    },
    pages: toPageRules(pages),
    links: links.length === 0 ? null : [...links],
    consentTool: consentTool || null,
    consentCategory: (hasOwnCategory(consentTool) && consentCategory.trim()) || null,
  };
}

/** Returns whether shops name the tool's category for advertising themselves. */
export function hasOwnCategory(consentTool: CaptureForm['consentTool']): consentTool is keyof typeof consentCategories {
  return consentTool in consentCategories;
}

function toMembers(paths: MappingRow['paths']): Readonly<Record<string, unknown>> {
  const read = (field: string) => paths[field]?.trim() || null;
  const fields = [...capturedFields, 'items'].map((field) => [field, read(field)] as const);
  const item = capturedItemFields.map((field) => [field, read(`item.${field}`)] as const);
  return {
    ...Object.fromEntries(fields),
    item: item.every(([, path]) => path === null) ? null : Object.fromEntries(item),
  };
}

/** The last names of paths that usually hold a field. */
const usualNames: Readonly<Record<string, readonly string[]>> = {
  value: ['value', 'total', 'revenue', 'amount'],
  currency: ['currency', 'currencycode'],
  orderId: ['transaction_id', 'transactionid', 'orderid', 'order_id', 'ordernumber', 'order_number'],
};

/** Returns a row for an event of a page, with the paths whose names are usual. */
export function suggestRow(name: string, keys: readonly string[]): MappingRow {
  const find = (names: readonly string[]) => keys.find((key) => names.includes((key.split('.').at(-1) ?? '').toLowerCase()));
  const paths = Object.entries(usualNames).flatMap(([field, names]) => {
    const path = find(names);
    return path === undefined ? [] : [[field, path] as const];
  });
  return { name, as: '', paths: Object.fromEntries(paths) };
}

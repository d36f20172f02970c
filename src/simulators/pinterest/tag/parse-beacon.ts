import { type Fields, isFields } from '../../kit/fields.ts';
import type { BeaconSender, Parameters } from '../../kit/tag/beacon.ts';
import { toApiName } from '../events-api/listed-names.ts';

/** One report of the browser tag: one `GET /v3/`. */
export interface Beacon {
  readonly tagId: string;
  readonly parameters: Parameters;
  /** The same event with the names of the API, so that both reports can be compared. */
  readonly event: Fields;
}

/**
 * Maps the parameters of the browser tag to the names of the API. `tid`, `event`, `ed`, `ad`, `pd` and `cb` are documented; their members
 * beyond `loc`, `ref` and `em` are those that the tag is seen to send, and an assumption. `init` is the report of `pintrk('page')`.
 *
 * @source https://help.pinterest.com/en/business/article/pinterest-tag-parameters-and-cookies (2026-11-27)
 */
export function readBeacon(parameters: Parameters, { userAgent, address }: BeaconSender): Beacon {
  const get = (name: string) => (Object.hasOwn(parameters, name) ? (parameters[name] ?? '') : '');
  const [data, page, person] = [parse(get('ed')), parse(get('ad')), parse(get('pd'))];
  const sentMs = Number(get('cb'));
  const name = get('event');
  const id = data.event_id ?? data.eventID ?? data.eid;
  const event = omitEmpty({
    event_name: name === '' ? undefined : name === 'init' ? 'page_visit' : toApiName(name),
    event_time: Number.isSafeInteger(sentMs) && sentMs > 0 ? Math.floor(sentMs / 1_000) : undefined,
    event_id: id === undefined || id === null ? undefined : String(id),
    action_source: 'web',
    event_source_url: page.loc,
    user_data: omitEmpty({
      em: toList(person.em),
      external_id: toList(person.external_id),
      click_id: person.epik,
      client_ip_address: address,
      client_user_agent: userAgent,
    }),
    custom_data: readCustomData({ opt_out_type: person.opt_out_type, ...data }),
  });
  return { tagId: get('tid').slice(0, 20), parameters, event };
}

function readCustomData(data: Fields): Fields {
  const items = Array.isArray(data.line_items) ? data.line_items.filter(isFields).slice(0, 100) : [];
  return omitEmpty({
    value: toText(data.value),
    currency: data.currency,
    content_ids: toNonEmpty(items.map(({ product_id }) => product_id).filter((id) => id !== undefined)),
    contents: toNonEmpty(
      items.map((item) =>
        omitEmpty({
          id: item.product_id,
          item_price: toText(item.product_price),
          quantity: item.product_quantity,
          item_name: item.product_name,
          item_category: item.product_category,
          item_brand: item.product_brand,
        }),
      ),
    ),
    num_items: data.order_quantity,
    order_id: data.order_id,
    search_string: data.search_query,
    opt_out_type: data.opt_out_type,
  });
}

function parse(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : {};
  } catch {
    return {};
  }
}

const toText = (value: unknown): unknown => (typeof value === 'number' ? String(value) : value);
const toList = (value: unknown): unknown => (typeof value === 'string' && value !== '' ? [value] : undefined);
const toNonEmpty = (list: readonly unknown[]): unknown => (list.length === 0 ? undefined : list);

function omitEmpty(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) => value !== undefined && value !== '' && !(isFields(value) && Object.keys(value).length === 0),
    ),
  );
}

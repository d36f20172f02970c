import { type Fields, isFields } from '../../kit/fields.ts';
import type { BeaconSender, Parameters } from '../../kit/tag/beacon.ts';

/** One report of the browser tag: one `GET /tr/`. */
export interface Beacon {
  readonly datasetId: string;
  readonly parameters: Parameters;
  /** The same event with the names of the Conversions API, so that both reports can be compared. */
  readonly event: Fields;
}

/** The members of a beacon's custom data that are numbers. */
const numbers: ReadonlySet<string> = new Set(['value', 'num_items', 'predicted_ltv']);

/**
 * Maps the parameters of the browser tag to the names of the Conversions API. `eid` is documented for the image pixel. The other names
 * are those that the tag is seen to send, and an assumption.
 *
 * @source https://developers.facebook.com/docs/meta-pixel/reference and /implementation/conversion-tracking (2026-09)
 */
export function readBeacon(parameters: Parameters, { userAgent, address }: BeaconSender): Beacon {
  const get = (name: string): string | undefined => {
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    return value === '' ? undefined : value;
  };
  const sentMs = Number(get('ts'));
  const event = omitEmpty({
    event_name: get('ev'),
    event_time: Number.isSafeInteger(sentMs) && sentMs > 0 ? Math.floor(sentMs / 1_000) : undefined,
    event_id: get('eid'),
    action_source: 'website',
    event_source_url: get('dl'),
    referrer_url: get('rl'),
    user_data: omitEmpty({
      ...readGroup(parameters, 'ud'),
      fbc: get('fbc'),
      fbp: get('fbp'),
      client_user_agent: userAgent,
      client_ip_address: address,
    }),
    custom_data: omitEmpty(
      Object.fromEntries(Object.entries(readGroup(parameters, 'cd')).map(([name, value]) => [name, toValue(name, value)])),
    ),
    data_processing_options: get('dpo')?.split(','),
    data_processing_options_country: toNumber(get('dpoco')),
    data_processing_options_state: toNumber(get('dpost')),
  });
  return { datasetId: (get('id') ?? '').slice(0, 64), parameters, event };
}

/** Returns the parameters `group[name]` by name. */
function readGroup(parameters: Parameters, group: string): Record<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(parameters)) {
    const member = name.startsWith(`${group}[`) && name.endsWith(']') ? name.slice(group.length + 1, -1) : '';
    if (member !== '' && member !== '__proto__' && value !== '') found.set(member, value);
  }
  return Object.fromEntries(found);
}

function toValue(name: string, text: string): unknown {
  if (numbers.has(name)) return toNumber(text);
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function toNumber(text: string | undefined): number | string | undefined {
  return text !== undefined && /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : text;
}

function omitEmpty(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && !(isFields(value) && Object.keys(value).length === 0)),
  );
}

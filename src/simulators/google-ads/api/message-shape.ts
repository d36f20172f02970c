import { isFields } from '../../kit/fields.ts';
import type { Violation } from './google-error.ts';

/** The type of a field of a protocol buffer, as far as its JSON is concerned. */
type Shape =
  | { readonly kind: 'string' | 'bool' | 'double' | 'int64' | 'timestamp' }
  | { readonly kind: 'enum'; readonly name: string; readonly values: Readonly<Record<string, number>> }
  | { readonly kind: 'message'; readonly fields: Readonly<Record<string, Shape>> }
  | { readonly kind: 'list'; readonly of: Shape };

const text = { kind: 'string' } as const;
const message = (fields: Readonly<Record<string, Shape>>) => ({ kind: 'message', fields }) as const;
const list = (of: Shape) => ({ kind: 'list', of }) as const;
const choice = (name: string, values: Readonly<Record<string, number>>) => ({ kind: 'enum', name, values }) as const;

const account = message({
  accountType: choice('ProductAccount.AccountType', {
    GOOGLE_ADS: 1,
    DISPLAY_VIDEO_ADVERTISER: 3,
    DATA_PARTNER: 4,
    GOOGLE_ANALYTICS_PROPERTY: 5,
  }),
  accountId: text,
  product: text,
});
const consentStatus = choice('ConsentStatus', { CONSENT_GRANTED: 1, CONSENT_DENIED: 2 });
const consent = message({ adUserData: consentStatus, adPersonalization: consentStatus });
const deviceInfo = message({ userAgent: text, ipAddress: text });

/** @source https://github.com/googleapis/googleapis/blob/master/google/ads/datamanager/v1/event.proto (2026-08-22) */
const event = message({
  destinationReferences: list(text),
  transactionId: text,
  eventTimestamp: { kind: 'timestamp' },
  lastUpdatedTimestamp: { kind: 'timestamp' },
  userData: message({
    userIdentifiers: list(
      message({
        emailAddress: text,
        phoneNumber: text,
        address: message({ givenName: text, familyName: text, regionCode: text, postalCode: text }),
      }),
    ),
  }),
  consent,
  adIdentifiers: message({
    sessionAttributes: text,
    gclid: text,
    gbraid: text,
    wbraid: text,
    landingPageDeviceInfo: deviceInfo,
  }),
  currency: text,
  conversionValue: { kind: 'double' },
  eventSource: choice('EventSource', { WEB: 1, APP: 2, IN_STORE: 3, PHONE: 4, MESSAGE: 6, OTHER: 5 }),
  eventDeviceInfo: deviceInfo,
  cartData: message({
    merchantId: text,
    merchantFeedLabel: text,
    merchantFeedLanguageCode: text,
    transactionDiscount: { kind: 'double' },
    items: list(message({ merchantProductId: text, quantity: { kind: 'int64' }, unitPrice: { kind: 'double' } })),
  }),
  customVariables: list(message({ variable: text, value: text, destinationReferences: list(text) })),
  userProperties: message({ customerType: choice('CustomerType', { NEW: 1, RETURNING: 2, REENGAGED: 3 }) }),
  eventName: text,
  clientId: text,
  userId: text,
});

/** `IngestEventsRequest`. Fields that Convey has no use for are missing, except those that senders confuse with others. */
export const ingestRequest = message({
  destinations: list(
    message({
      reference: text,
      loginAccount: account,
      linkedAccount: account,
      operatingAccount: account,
      productDestinationId: text,
    }),
  ),
  events: list(event),
  consent,
  validateOnly: { kind: 'bool' },
  encoding: choice('Encoding', { HEX: 1, BASE64: 2 }),
});

const toCamelCase = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const toSnakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/**
 * Parses the JSON of a message as Google's servers do: both spellings of a name, the name or the number of an enum's value, and every unknown
 * name or wrong type is a violation. Returns the message in camel case, with the names of enums.
 */
export function parseMessage(
  shape: Shape,
  given: unknown,
): { readonly value: unknown; readonly violations: readonly Violation[] } {
  const violations: Violation[] = [];
  const refuse = (path: string, description: string) => violations.push({ field: path, description });

  const read = (one: Shape, value: unknown, path: string): unknown => {
    const isWrong = (type: string) => {
      refuse(path, `Invalid value at '${path}' (${type}), ${JSON.stringify(value)?.slice(0, 100)}`);
      return undefined;
    };
    switch (one.kind) {
      case 'message': {
        if (!isFields(value)) return isWrong('message');
        const known: Record<string, unknown> = {};
        for (const [name, member] of Object.entries(value)) {
          const field = Object.hasOwn(one.fields, toCamelCase(name)) ? one.fields[toCamelCase(name)] : undefined;
          const below = path === '' ? toSnakeCase(name) : `${path}.${toSnakeCase(name)}`;
          if (field === undefined)
            refuse(path, `Invalid JSON payload received. Unknown name "${name.slice(0, 100)}" at '${path}': Cannot find field.`);
          else if (member !== null) known[toCamelCase(name)] = read(field, member, below);
        }
        return known;
      }
      case 'list':
        return Array.isArray(value)
          ? value.map((each: unknown, index) => read(one.of, each, `${path}[${index}]`))
          : isWrong('list');
      case 'enum':
        return (
          Object.keys(one.values).find((name) => name === value || one.values[name] === value) ??
          isWrong(`type.googleapis.com/google.ads.datamanager.v1.${one.name}`)
        );
      case 'double':
        return Number.isFinite(Number(value)) && (typeof value === 'number' || /^-?\d/.test(String(value)))
          ? Number(value)
          : isWrong('TYPE_DOUBLE');
      case 'int64':
        return /^-?\d{1,19}$/.test(String(value)) ? String(value) : isWrong('TYPE_INT64');
      case 'bool':
        return typeof value === 'boolean' ? value : isWrong('TYPE_BOOL');
      case 'timestamp':
        return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(value)
          ? value
          : isWrong('type.googleapis.com/google.protobuf.Timestamp');
      case 'string':
        return typeof value === 'string' ? value : isWrong('TYPE_STRING');
    }
  };
  return { value: read(shape, given, ''), violations };
}

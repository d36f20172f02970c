import type { EnrichedEvent } from '../../event/event.ts';
import { type IssueReporter, requirePattern, truncate } from '../kit/mapping/field-limits.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { fieldPatterns, maxLengths, type Payload } from './payload.ts';
import type { Settings } from './settings.ts';

type User = NonNullable<Payload['user']>;

/**
 * Returns the fields by which OpenAI matches the event to a person. City, region and postal code would be plain text; Convey keeps only their
 * hashes, so they are not sent.
 * @source https://developers.openai.com/ads/api-reference (2026-09-11)
 */
export function toUser({ identity, client }: EnrichedEvent, { userFields }: Settings, reporterFor: IssueReporter): User {
  const { forms } = identity;
  const person = {
    email: forms.emailPlain ?? forms.emailGiven,
    phone: forms.phoneDigits ?? forms.phoneGiven,
    externalId: identity.externalId,
    firstName: forms.firstNameLetters,
    lastName: forms.lastNameLetters,
    country: requirePattern(
      client.country?.toUpperCase(),
      fieldPatterns.country,
      reporterFor('user.country', 'countries'),
      'country-invalid',
      'it must be a two-letter ISO 3166 code. Send one, such as US.',
    ),
  };
  return omitEmpty({
    ...(userFields === 'single'
      ? {
          email_sha256: person.email,
          phone_number_sha256: person.phone,
          external_id_sha256: person.externalId,
          first_name_sha256: person.firstName,
          last_name_sha256: person.lastName,
          country: person.country,
        }
      : {
          emails_sha256: toList(person.email),
          phone_numbers_sha256: toList(person.phone),
          external_ids_sha256: toList(person.externalId),
          first_names_sha256: toList(person.firstName),
          last_names_sha256: toList(person.lastName),
          countries: toList(person.country),
        }),
    obref: requirePattern(
      identity.browserIds?.__obref,
      fieldPatterns.browserId,
      reporterFor('browserIds.__obref', 'obref'),
      'browser-id-invalid',
      'it must be the cookie `__obref` of the OpenAI pixel, unchanged.',
    ),
    ip_address: requirePattern(
      client.ip,
      fieldPatterns.address,
      reporterFor('user.ip', 'ip_address'),
      'address-invalid',
      "it must be an IPv4 or IPv6 address. Send the shopper's address.",
    ),
    user_agent: truncate(client.userAgent, maxLengths.userAgent, reporterFor('user.userAgent', 'user_agent')),
    android_advertising_id: identity.gaid,
  });
}

function toList(value: string | undefined): string[] {
  return value === undefined ? [] : [value];
}

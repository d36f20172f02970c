import type { MatchKeyKind } from './matching.ts';

const address = 'Supports the other keys. Send `user.address` with the orders of your shop.';
const name = 'Supports the other keys. Send `user.firstName` and `user.lastName` with the orders of your shop.';

const toKey =
  (subject: MatchKeyKind['subject'], advice: string) =>
  (key: string, label: string, field: string, path: string): MatchKeyKind => ({
    key,
    label,
    subject,
    source: `user.${field}`,
    paths: [`user_data.${path}`],
    advice,
  });
const toName = toKey('name', name);
const toAddress = toKey('postal-address', address);

/** Name, birth, gender and address of a person, for platforms that have them as Meta's `user_data` does. They only support other keys. */
export const personalKeys: readonly MatchKeyKind[] = [
  toName('first-name', 'First name', 'firstName', 'fn'),
  toName('last-name', 'Last name', 'lastName', 'ln'),
  toKey('birth-and-gender', 'Supports the other keys. Send `user.dateOfBirth` if your shop has it.')(
    'date-of-birth',
    'Date of birth',
    'dateOfBirth',
    'db',
  ),
  toKey('birth-and-gender', 'Supports the other keys. Send `user.gender` if your shop has it.')(
    'gender',
    'Gender',
    'gender',
    'ge',
  ),
  toAddress('city', 'City', 'address.city', 'ct'),
  toAddress('state', 'State', 'address.state', 'st'),
  toAddress('zip', 'Postal code', 'address.zip', 'zp'),
  toAddress('country', 'Country', 'address.country', 'country'),
];

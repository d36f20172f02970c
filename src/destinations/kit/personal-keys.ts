import type { MatchKeyKind } from './matching.ts';

const address = 'Supports the other keys. Send `user.address` with the orders of your shop.';
const name = 'Supports the other keys. Send `user.firstName` and `user.lastName` with the orders of your shop.';

/** Returns the keys for name, birth, gender and address of a person, which only support other keys. @param person the member of the payload */
export function listPersonalKeys(person: string): readonly MatchKeyKind[] {
  const toKey = (subject: MatchKeyKind['subject'], advice: string, key: string, label: string, field: string, path: string) => ({
    key,
    label,
    subject,
    source: `user.${field}`,
    paths: [`${person}.${path}`],
    advice,
  });
  const toOwn = (key: string, label: string, field: string, path: string) =>
    toKey('birth-and-gender', `Supports the other keys. Send \`user.${field}\` if your shop has it.`, key, label, field, path);
  return [
    toKey('name', name, 'first-name', 'First name', 'firstName', 'fn'),
    toKey('name', name, 'last-name', 'Last name', 'lastName', 'ln'),
    toOwn('date-of-birth', 'Date of birth', 'dateOfBirth', 'db'),
    toOwn('gender', 'Gender', 'gender', 'ge'),
    toKey('postal-address', address, 'city', 'City', 'address.city', 'ct'),
    toKey('postal-address', address, 'state', 'State', 'address.state', 'st'),
    toKey('postal-address', address, 'zip', 'Postal code', 'address.zip', 'zp'),
    toKey('postal-address', address, 'country', 'Country', 'address.country', 'country'),
  ];
}

import type { NormalForms } from '../event/event.ts';

/**
 * The normal forms of each part of a person's data. Reports of one event are merged part by part, so a name is never half one person's and
 * half another's.
 */
export const formKinds = {
  email: ['emailMicrosoft', 'emailPlain', 'emailGoogle', 'emailGiven'],
  phone: ['phoneE164', 'phoneDigits', 'phoneGiven'],
  name: ['firstNameLetters', 'firstNamePlain', 'lastNameLetters', 'lastNamePlain'],
  gender: ['gender', 'genderPinterest'],
  dateOfBirth: ['dateOfBirth'],
  address: ['street', 'city', 'state', 'provinceCode', 'zip', 'zipDigits'],
  country: ['country'],
  device: ['idfa', 'gaid'],
} as const satisfies Record<string, readonly (keyof NormalForms)[]>;

/** Returns the forms that identify a person: those of e-mail and phone. */
export function pickContactForms(forms: NormalForms): NormalForms {
  const names = [...formKinds.email, ...formKinds.phone];
  return Object.fromEntries(names.flatMap((name) => (forms[name] === undefined ? [] : [[name, forms[name]]])));
}

import { z } from 'zod';

/** The form of a text. Expressions and this test take the time of a few instructions, a schema that of hundreds. */
export interface TextForm {
  test(text: string): boolean;
}

const ipv6 = z.ipv6();

/** An IPv4 or IPv6 address, as the schema of an address in a payload understands it. */
export const ipAddressForm: TextForm = {
  test: (text) => z.regexes.ipv4.test(text) || (text.includes(':') && ipv6.safeParse(text).success),
};

/** An ISO 4217 code in capitals. */
export const currencyForm = /^[A-Z]{3}$/;

/** Returns a form with a maximum number of UTF-16 units. */
export function limitLength(form: TextForm, max: number): TextForm {
  return { test: (text) => text.length <= max && form.test(text) };
}

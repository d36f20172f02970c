/** A field of a form in which a shopper writes or chooses one text. */
export type TextField = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** The types that are read: no number, no file, nothing hidden or secret. */
const readTypes = /^(text|email|tel|search|select-one|textarea)$/;

/** Matches the autocomplete tokens of cards, accounts and secrets. */
const neverTokens = /\b(cc-|transaction-|(current|new)-passw|one-time-code|webauthn|bday|sex\b|username)/i;

/** Lists the fields of a form that hold a text. */
export function listTextFields(form: HTMLFormElement): readonly TextField[] {
  return Array.from(form.elements).filter((element): element is TextField => readTypes.test(Object(element).type));
}

/** Returns whether a field may be read, whatever selects it. */
export function isReadable(field: TextField): boolean {
  return !(
    neverTokens.test(field.getAttribute('autocomplete') ?? '') ||
    // A password that is shown is a text.
    /passw/i.test(field.name + field.id) ||
    field.closest('[data-convey-ignore]')
  );
}

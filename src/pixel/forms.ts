import type { FormSettings, PixelSettings } from '../event/pixel-settings.ts';
import type { ConsentManager } from './consent.ts';
import { isReadable, listTextFields, type TextField } from './form-fields.ts';
import { getCapture, type TrackCommand, watchOwnReports } from './own-reports.ts';
import { swallowErrors } from './swallow-errors.ts';

const repeatMs = 2_000;
const embedMs = 10_000;
const maxTextLength = 200;

/** Returns whether a text has the digits of a payment card: 13 to 19, with the check digit of Luhn. */
function isCard(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  // Every second digit from the end counts twice, as the sum of its digits.
  const sum = [...digits]
    .reverse()
    .reduce((total, digit, at) => total + ((at % 2 && (Number(digit) * 2) % 9) || Number(digit)), 0);
  return /^\d{13,19}$/.test(digits) && sum % 10 === 0;
}

/** A field of a person, read of a form. The members of an address are in one of its own. */
type Person = Record<string, string | Record<string, string>>;

/** Reads the shopper's data of a form. A target that begins with a dot is a member of the address, whose lines are joined. */
const readPerson = swallowErrors((fields: readonly TextField[], targets: FormSettings['fields']): Person => {
  const person: Person = {};
  const address: Record<string, string> = {};
  for (const [target, selector] of targets) {
    const texts = fields.filter((field) => isReadable(field) && field.matches(selector)).map(({ value }) => value.trim());
    const text = texts.find((one) => one && one.length <= maxTextLength && !isCard(one));
    if (!text) continue;
    const member = target.slice(1);
    if (target[0] === '.') {
      address[member] = address[member] ? `${address[member]} ${text}` : text;
      person.address = address;
    } else person[target] = text;
  }
  return person;
});

/** Returns whether a field holds a text that no person can have written: it is out of sight, and not reached by the keyboard. */
function isTrap(field: TextField): boolean {
  const { right, width } = field.getBoundingClientRect();
  const isAway = field.tabIndex < 0 && (right <= 0 || width < 2);
  return !!field.value && (isAway || /honey|gotcha|bot-field/i.test(field.name));
}

/** Reports the submits of the operator's forms. Values are read at the submit only, and after a grant only. */
export function watchForms(commands: TrackCommand, { forms = [] }: PixelSettings, consent: ConsentManager): void {
  const isOwn = watchOwnReports(commands);
  const submittedAt = new Map<FormSettings, number>();
  let reportedAt = 0;
  const { track } = commands;
  // A service that completes a form which was reported at its submit makes no second lead.
  commands.track = (name, given, form) => {
    const capture = getCapture(given);
    if (capture === 'form') {
      // The page, or its data layer, reported the event itself.
      if (forms.some(({ event, names }) => event === name && isOwn(names))) return;
      reportedAt = Date.now();
    } else if (capture && name === 'Lead' && Date.now() - reportedAt < embedMs) return;
    return track(name, given, form);
  };
  const onSubmit = ({ target }: Event) => {
    forms.forEach(
      swallowErrors((form) => {
        if (!(target instanceof HTMLFormElement && target.matches(form.selector))) return;
        const now = Date.now();
        const fields = listTextFields(target);
        if (target.matches(':invalid') || fields.some(isTrap) || now - (submittedAt.get(form) ?? 0) < repeatMs) return;
        submittedAt.set(form, now);
        const user = consent.state() === 'granted' ? readPerson(fields, form.fields) : undefined;
        // The page's own listeners may report the event themselves.
        setTimeout(swallowErrors(() => commands.track(form.event, { user, properties: { capture: 'form' } }, form)));
      }),
    );
  };
  addEventListener('submit', onSubmit, true);
}

import { html } from 'hono/html';
import type { Markup } from './html.ts';
import type { Page } from './page-layout.ts';

/** Fields, and the two forms that are pages of their own. A form is never sent: the shop keeps nothing of what is written in it. */

interface Field {
  readonly name: string;
  readonly label: string;
  readonly autocomplete: string;
  readonly type?: 'email' | 'tel' | 'text';
  readonly required?: boolean;
  readonly maxLength: number;
  /** What "Use sample details" writes. */
  readonly sample: string;
  readonly note?: string;
  readonly pattern?: string;
  /** What is said where the pattern does not fit. */
  readonly rule?: string;
}

export function field({
  name,
  label,
  autocomplete,
  type = 'text',
  required,
  maxLength,
  sample,
  note,
  pattern,
  rule,
}: Field): Markup {
  return html`<div class="field"><label for="f-${name}">${label}${required !== true && html` <span class="quiet">(optional)</span>`}</label>
<input id="f-${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" maxlength="${maxLength}" data-sample="${sample}"${required === true && html` required`}${pattern !== undefined && html` pattern="${pattern}"`}${rule !== undefined && html` data-rule="${rule}"`}${note !== undefined && html` aria-describedby="f-${name}-note"`}>
${note !== undefined && html`<p class="quiet" id="f-${name}-note">${note}</p>`}</div>`;
}

export function emailField(): Markup {
  return field({
    name: 'email',
    label: 'E-mail',
    autocomplete: 'email',
    type: 'email',
    required: true,
    maxLength: 120,
    sample: 'Jane.Doe+x@Example.com',
  });
}

export function phoneField({ required, note }: { required: boolean; note?: string }): Markup {
  return field({
    name: 'phone',
    label: 'Phone',
    autocomplete: 'tel',
    type: 'tel',
    required,
    maxLength: 24,
    sample: '+1 (425) 555-1234',
    pattern: '[+]?[0-9 \\(\\)\\.\\/\\-]{7,24}',
    rule: 'Write digits with the area code, such as +1 425 555 1234.',
    ...(note !== undefined && { note }),
  });
}

const nameField = field({
  name: 'name',
  label: 'Full name',
  autocomplete: 'name',
  required: true,
  maxLength: 80,
  sample: 'Jane Doe',
});

export const sampleButton = html`<p><button type="button" class="button small" data-fill>Use sample details</button></p>`;

export function formNotice(text: string): Markup {
  return html`<p class="note">${text}</p><noscript><p class="note">This form needs JavaScript.</p></noscript>`;
}

/** What takes the form's place. It is empty until then, so that it is announced. */
const done = html`<div class="done" role="status" tabindex="-1" data-done></div>`;

export function consultationPage(): Page {
  return {
    title: 'Fitting and advice',
    content: html`<div class="wide narrow"><h1>Fitting and advice</h1>
<p class="lead">Tell us about the room, and we will say which clock fits, or come and set one up.</p>
${done}<form class="fields" method="post" data-form="Lead">${formNotice('This is a demo: your request is read by nobody. Made-up details are best.')}${sampleButton}
${emailField()}${phoneField({ required: false })}
<div class="field"><label for="f-message">Your message</label><textarea id="f-message" name="message" rows="5" maxlength="1000" required data-sample="A wall clock for a kitchen of four by five metres, please."></textarea></div>
<button class="button strong">Send the request</button></form>
<template data-confirmation><h2>Thank you, your request is noted</h2><p>In a real shop, someone would write to you within a day.</p><p><a href="/">Back to the shop</a></p></template></div>`,
  };
}

export function accountPage(): Page {
  return {
    title: 'Create an account',
    content: html`<div class="wide narrow"><h1>Create an account</h1>
<p class="lead">See your orders in one place, and hear when a clock is due for a service.</p>
${done}<form class="fields" method="post" data-form="SignUp">${formNotice('This is a demo: the account exists in this browser alone. Made-up details are best.')}${sampleButton}
${nameField}${emailField()}
<button class="button strong">Create the account</button></form>
<template data-confirmation><h2>Your account is ready</h2><p>Your customer number is <strong data-customer></strong>.</p><p><a href="/">Back to the shop</a></p></template></div>`,
  };
}

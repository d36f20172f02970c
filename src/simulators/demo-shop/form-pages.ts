import { html } from 'hono/html';
import type { ShopHtml } from './html.ts';
import type { Page } from './page-layout.ts';

/** Form fields and the two form pages. The shop stores no input. */

interface Field {
  readonly name: string;
  readonly label: string;
  readonly autocomplete: string;
  readonly type?: 'email' | 'tel' | 'text';
  readonly required?: boolean;
  readonly maxLength: number;
  /** The value of "Use sample details". */
  readonly sample: string;
  readonly note?: string;
  readonly pattern?: string;
  /** The message if the pattern does not match. */
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
}: Field): ShopHtml {
  return html`<div class="field"><label for="f-${name}">${label}${required !== true && html` <span class="quiet">(optional)</span>`}</label>
<input id="f-${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" maxlength="${maxLength}" data-sample="${sample}"${required === true && html` required`}${pattern !== undefined && html` pattern="${pattern}"`}${rule !== undefined && html` data-rule="${rule}"`}${note !== undefined && html` aria-describedby="f-${name}-note"`}>
${note !== undefined && html`<p class="quiet" id="f-${name}-note">${note}</p>`}</div>`;
}

export function emailField(): ShopHtml {
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

export function phoneField({ required, note }: { required: boolean; note?: string }): ShopHtml {
  return field({
    name: 'phone',
    label: 'Phone',
    autocomplete: 'tel',
    type: 'tel',
    required,
    maxLength: 24,
    sample: '+1 (425) 555-1234',
    pattern: '[+]?[0-9 \\(\\)\\.\\/\\-]{7,24}',
    rule: 'Enter digits with the area code, such as +1 425 555 1234.',
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

export function formNotice(text: string): ShopHtml {
  return html`<p class="note">${text}</p><noscript><p class="note">This form needs JavaScript.</p></noscript>`;
}

/** Replaces the form after it is submitted. Empty at first, so that screen readers announce it. */
const done = html`<div class="done" role="status" tabindex="-1" data-done></div>`;

export function consultationPage(): Page {
  return {
    title: 'Fitting and advice',
    content: html`<div class="wide narrow"><h1>Fitting and advice</h1>
<p class="lead">Describe the room, and we will recommend a clock or visit you to set one up.</p>
${done}<form class="fields" method="post" data-form="Lead">${formNotice('This is a demo: your request is not read. Please use invented details.')}${sampleButton}
${emailField()}${phoneField({ required: false })}
<div class="field"><label for="f-message">Your message</label><textarea id="f-message" name="message" rows="5" maxlength="1000" required data-sample="A wall clock for a kitchen of four by five metres, please."></textarea></div>
<button class="button strong">Send the request</button></form>
<template data-confirmation><h2>Thank you, we received your request</h2><p>A real shop would reply within a day.</p><p><a href="/">Back to the shop</a></p></template></div>`,
  };
}

export function accountPage(): Page {
  return {
    title: 'Create an account',
    content: html`<div class="wide narrow"><h1>Create an account</h1>
<p class="lead">See your orders in one place, and get a reminder when a clock is due for service.</p>
${done}<form class="fields" method="post" data-form="SignUp">${formNotice('This is a demo: the account exists only in this browser. Please use invented details.')}${sampleButton}
${nameField}${emailField()}
<button class="button strong">Create the account</button></form>
<template data-confirmation><h2>Your account is ready</h2><p>Your customer number is <strong data-customer></strong>.</p><p><a href="/">Back to the shop</a></p></template></div>`,
  };
}

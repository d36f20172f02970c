import type { FormSettings, PixelSettings } from '../event/pixel-settings.ts';
import { type Fields, newId } from './browser-report.ts';
import type { ConsentManager } from './consent.ts';
import { getCapture, type TrackCommand } from './own-reports.ts';
import { swallowErrors } from './swallow-errors.ts';

interface FormCommands extends TrackCommand {
  identify(person: Fields): unknown;
}

/** A report that waits for its success. */
interface Lead {
  /** Without properties: it was passed on already, by an earlier page or to the next one. */
  readonly given: { readonly id?: unknown; readonly user?: unknown; readonly properties?: unknown };
  readonly until: number;
}

const waitMs = 10_000;
const lookEveryMs = 250;
const maxStoredAgeMs = 60_000;
const storedKey = '_cv_lead';

/**
 * Holds back the report of a form until the form's success: in memory, and for a page that follows with its id alone in the tab's storage,
 * after a grant only.
 */
export function watchFormSuccess(commands: FormCommands, { forms = [] }: PixelSettings, consent: ConsentManager): void {
  const { track } = commands;
  const waiting = new Map<FormSettings, Lead>();
  const isGranted = () => consent.state() === 'granted';

  const finish = (form: FormSettings, given: Lead['given']) => {
    waiting.delete(form);
    track(form.event, { ...given, properties: { capture: 'form' } });
    delete sessionStorage[storedKey];
  };

  /** Passes a report on to the next page: the person at once, the event by that page. */
  const handOver = (form: FormSettings, { given: { id, user }, until }: Lead) => {
    sessionStorage[storedKey] = JSON.stringify([forms.indexOf(form), id, Date.now()]);
    if (Object.keys(Object(user))[0]) commands.identify(Object(user));
    waiting.set(form, { given: { id }, until });
  };

  const look = () => {
    waiting.forEach(
      swallowErrors(({ given, until }, form) => {
        const { url, selector } = form.success ?? {};
        const isDone = url
          ? new RegExp(url).test(location.href.slice(origin.length))
          : selector && document.querySelector(selector)?.getClientRects()[0];
        if (isDone) finish(form, given);
        else if (Date.now() > until) waiting.delete(form);
      }),
    );
    if (waiting.size) setTimeout(look, lookEveryMs);
  };

  const wait = (form: FormSettings, given: Lead['given']) => {
    waiting.set(form, { given, until: Date.now() + waitMs });
    setTimeout(look);
  };

  commands.track = (name, given, form) => {
    const capture = getCapture(given);
    if (form?.success) {
      const lead = { ...given, id: newId() };
      wait(form, lead);
      if (form.success.url && isGranted()) handOver(form, { given: lead, until: Date.now() + waitMs });
      return;
    }
    for (const [one] of waiting)
      if (capture && one.success?.embed === capture)
        return finish(one, { ...waiting.get(one)?.given, ...(given?.id ? { id: given.id } : {}) });
    return track(name, given, form);
  };

  const onLeave = () => {
    waiting.forEach(
      swallowErrors((lead, form) => {
        if (!lead.given.properties || form.success?.embed) return;
        if (isGranted()) handOver(form, lead);
        else if (form.success?.url) finish(form, lead.given);
      }),
    );
  };
  // Before the pixel sends the rest of the page.
  addEventListener('pagehide', onLeave, true);

  const takeOver = swallowErrors(() => {
    const [at, id, storedAt] = JSON.parse(sessionStorage[storedKey]);
    delete sessionStorage[storedKey];
    const form = forms[at];
    if (form && Date.now() - storedAt < maxStoredAgeMs) wait(form, { id });
  });
  takeOver();
}

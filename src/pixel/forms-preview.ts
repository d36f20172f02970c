import type { PixelSettings } from '../event/pixel-settings.ts';
import { isReadable, listTextFields } from './form-fields.ts';
import { showSeenNames } from './seen-names.ts';
import { swallowErrors } from './swallow-errors.ts';

/**
 * Shows a session of the dashboard which fields of the forms in the mode `preview` would be read: `email:your-email`, and `none:message` for a
 * field that is not. No value is read.
 */
export function previewForms(_commands: unknown, settings: PixelSettings): void {
  const { formPreviews = [] } = settings;
  showSeenNames(settings, (note) => {
    formPreviews.forEach(
      swallowErrors(([at, { selector, fields }]) => {
        for (const form of document.querySelectorAll<HTMLFormElement>(`form:is(${selector})`)) {
          const described = listTextFields(form).map((field) => {
            const [target = 'none'] = (isReadable(field) && fields.find(([, one]) => field.matches(one))) || [];
            const name = (field.name || field.id || field.type).replace(/\]/g, '').replace(/[^\w$.:/-]/g, '.');
            return `${target.replace('.', '')}:${name}`;
          });
          // The fields that are read come first, because a name has a bounded number of keys.
          note(
            `form:${at}`,
            described.toSorted((one, other) => Number(one.startsWith('none:')) - Number(other.startsWith('none:'))),
          );
        }
      }),
    );
  });
}

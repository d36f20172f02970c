import type { CaptureSettings } from './capture-settings.ts';

/**
 * The parts of the pixel that read a page beside the calls of `convey`, in the order in which they start. Each is a file of `src/pixel`, and
 * only the sites that use it load it.
 */
export const captureParts = [
  'virtual-pages',
  'cross-domain',
  'forms',
  'embeds',
  'contact',
  'data-layer',
  'data-layer-preview',
  'forms-preview',
  'form-success',
] as const;

export type CapturePart = (typeof captureParts)[number];

/** Returns the parts that a site with these settings uses. */
export function listCaptureParts({
  dataLayer,
  pages = [],
  links = [],
  forms = [],
  embeds = [],
  contact,
}: CaptureSettings): readonly CapturePart[] {
  const isUsed: Readonly<Record<CapturePart, boolean>> = {
    'virtual-pages': pages.length > 0,
    'cross-domain': links.length > 0,
    forms: forms.some(({ mode }) => mode === 'on'),
    'forms-preview': forms.some(({ mode }) => mode === 'preview'),
    // Starts last, so that it holds back a report before any other part has seen it.
    'form-success': forms.some(({ mode, success }) => mode === 'on' && success !== undefined),
    embeds: embeds.length > 0,
    contact: contact === 'on',
    'data-layer': dataLayer.mode === 'on',
    'data-layer-preview': dataLayer.mode === 'preview',
  };
  return captureParts.filter((part) => isUsed[part]);
}

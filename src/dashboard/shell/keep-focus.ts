/** Parts of the page that open over it and close again. */
const layers = '[role="dialog"], [role="menu"], [role="listbox"]';
/** The largest parts in which a neighbour is sought. */
const areas = `main, header, nav, ${layers}`;
const controls = 'a[href], button, input, select, textarea, [tabindex="0"]';
/** Time in which the page itself may move the focus, as a closing dialog and a new page do. */
const graceMs = 50;

/** A control that had the focus. */
interface Place {
  readonly element: Element;
  readonly layer: Element | null;
  /** The elements around the control up to its area, the nearest first. */
  readonly around: readonly Element[];
  /** The controls before this one, in the order of the document. */
  readonly before: ReadonlySet<Element>;
  /** The place that had the focus before the layer opened. */
  readonly opener: Place | undefined;
}

/**
 * Returns the focus to a control that was disabled while it worked, to the control that opened a dialog or menu that is gone, or to the
 * neighbour of a control that is gone. A browser drops the focus of such a control, so a keyboard user would start at the top of the page.
 * A person who clicks beside the controls has no such place.
 */
export function keepFocus(): void {
  let place: Place | undefined;
  let timer: number | undefined;

  const remember = ({ target }: FocusEvent) => {
    if (target instanceof Element) place = createPlace(target, place);
  };
  const restore = () => {
    if (!place || !isFocusLost()) return;
    const open = findOpen(place);
    const hasClosed = open !== place;
    place = open;
    if (!open || (open.element.isConnected && open.element.matches('[data-loading]'))) return;
    if (!isUsable(open.element)) findNeighbour(open)?.focus({ preventScroll: true });
    else if (hasClosed) open.element.focus({ preventScroll: true });
    // A person left a control that is still of use.
    else place = undefined;
  };
  const restoreSoon = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(restore, graceMs);
  };
  // A control that worked is of use again, or gone.
  const observer = new MutationObserver((changes) => {
    if (!place || !isFocusLost()) return;
    if (changes.some(({ target, type }) => type === 'attributes' && target === place?.element) && isUsable(place.element))
      place.element.focus({ preventScroll: true });
    else if (!place.element.isConnected) restoreSoon();
  });
  document.addEventListener('focusin', remember);
  document.addEventListener('focusout', restoreSoon);
  observer.observe(document.body, { subtree: true, childList: true, attributeFilter: ['disabled'] });
}

const isFocusLost = () => document.activeElement === null || document.activeElement === document.body;

function isUsable(element: Element): element is HTMLElement {
  return element instanceof HTMLElement && element.isConnected && !element.matches(':disabled') && element.checkVisibility();
}

function createPlace(element: Element, previous: Place | undefined): Place {
  const layer = element.closest(layers);
  let opener = previous;
  while (opener && opener.layer !== null && (opener.layer === layer || !opener.layer.isConnected)) opener = opener.opener;
  const around: Element[] = [];
  let home = element.parentElement;
  while (home && around.at(-1)?.matches(areas) !== true) {
    around.push(home);
    home = home.parentElement;
  }
  const before = listControls(document.body).filter((one) => isBefore(one, element));
  return { element, layer, around, before: new Set(before), opener: layer ? opener : undefined };
}

/** Returns the place itself, or the one from which its layer opened if that is gone. */
function findOpen(place: Place): Place | undefined {
  if (!place.layer || place.layer.isConnected) return place;
  return place.opener && findOpen(place.opener);
}

/** Returns the control that has taken the place of one that is gone, or the one before it. */
function findNeighbour({ element, around, before }: Place): HTMLElement | undefined {
  for (const home of around.filter(({ isConnected }) => isConnected)) {
    const remaining = listControls(home).filter((one) => one !== element && isUsable(one));
    const next = remaining.findLastIndex((one) => before.has(one)) + 1;
    const found = remaining[next] ?? remaining[next - 1];
    if (found) return found;
  }
  return undefined;
}

const listControls = (within: Element): HTMLElement[] => [...within.querySelectorAll<HTMLElement>(controls)];

const isBefore = (one: Element, other: Element) => (other.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING) !== 0;

/** An event that a page writes, as an open session shows it: its name, and the names of its fields. It has no value. */
export interface SeenEvent {
  readonly name: string;
  /** The paths of fields, such as `basket.total`. Those of a list are those of its items. */
  readonly keys: readonly string[];
}

export const maxSeenEvents = 50;
export const maxSeenKeys = 20;

/** Matches a name or a path that may be shown: code, not a person's e-mail address, phone or text. */
const shown = /^(?!.*\d{7})[A-Za-z_$.][\w$.:/-]{0,63}$/;

/** Reads the events of a request. Names that may be a person's data are left out. */
export function readSeenEvents(input: readonly unknown[]): readonly SeenEvent[] {
  return input.slice(0, maxSeenEvents).flatMap((event) => {
    const { name, keys }: { readonly name?: unknown; readonly keys?: unknown } = Object(event);
    if (!isShown(name)) return [];
    return [{ name, keys: Array.isArray(keys) ? keys.slice(0, maxSeenKeys).filter(isShown) : [] }];
  });
}

function isShown(text: unknown): text is string {
  return typeof text === 'string' && shown.test(text);
}

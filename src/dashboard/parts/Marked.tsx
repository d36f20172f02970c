import { Code } from '@mantine/core';

/** A sentence of the gateway's, in which what stands between code marks is code. Text all the same: nothing of it is ever a page's. */
export function Marked({ text }: { readonly text: string }) {
  return text.split(/`([^`]{1,200})`/).map((part, nth) =>
    nth % 2 === 0 ? (
      part
    ) : (
      <Code key={nth} fz="0.9em">
        {part}
      </Code>
    ),
  );
}

import type { ReactNode } from 'react';

/** A form that is submitted by script. A form in a dialog may be inside another form, which is not submitted too. */
export function Form({ onSubmit, children }: { readonly onSubmit: () => void; readonly children: ReactNode }) {
  return (
    <form
      onSubmit={(submitted) => {
        submitted.preventDefault();
        submitted.stopPropagation();
        onSubmit();
      }}
    >
      {children}
    </form>
  );
}

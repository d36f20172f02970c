import { type ReactNode, useEffect, useRef } from 'react';

interface FormProps {
  readonly onSubmit: () => void;
  /** The error of the last submission. The first invalid field gets the focus, because it may be off screen. */
  readonly error: unknown;
  readonly children: ReactNode;
}

/** A form that is submitted by script. A form in a dialog may be inside another form, which is not submitted too. */
export function Form({ onSubmit, error, children }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (!error) return;
    const field = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    field?.scrollIntoView({ block: 'center' });
    field?.focus({ preventScroll: true });
  }, [error]);
  return (
    <form
      ref={form}
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

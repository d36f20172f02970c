import { useEffect, useRef } from 'react';

/**
 * Tracks an event when a page is shown, once for each `subject`, such as a product's id. Does nothing without a subject. The ref
 * persists when StrictMode runs the effect twice during development, and at every rendering.
 */
export function useTrackOnce(name, subject, fields) {
  const tracked = useRef(undefined);
  useEffect(() => {
    if (tracked.current === subject) return;
    tracked.current = subject;
    window.convey('track', name, fields);
  });
}

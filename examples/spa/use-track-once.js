import { useEffect, useRef } from 'react';

/**
 * Tracks an event when a page is shown, once for each `subject`, such as a product's id; never without a subject.
 * React's StrictMode runs effects twice while you develop, and this one runs at every rendering; the ref outlives both.
 */
export function useTrackOnce(name, subject, fields) {
  const tracked = useRef(undefined);
  useEffect(() => {
    if (tracked.current === subject) return;
    tracked.current = subject;
    window.convey('track', name, fields);
  });
}

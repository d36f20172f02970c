/**
 * Returns a function that loads a value at its first call and returns the same one from then on. A failure is forgotten, such as a shortage of
 * file descriptors, so the next call tries again.
 */
export function loadOnce<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  const start = () => {
    const started = load();
    started.catch(() => {
      loading = undefined;
    });
    return started;
  };
  return () => {
    loading ??= start();
    return loading;
  };
}

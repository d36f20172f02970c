/**
 * Creates a writer that runs a long operation alone. Operations that arrive meanwhile are passed on after the long one has ended, so that
 * their timeout begins only then.
 */
export function createExclusiveWriter<Op, Result>(run: (op: Op, timeoutMs?: number) => Promise<Result>) {
  let long: Promise<unknown> | undefined;
  const short = new Set<Promise<unknown>>();
  return {
    async write(op: Op): Promise<Result> {
      while (long) await long;
      const going = run(op);
      short.add(going);
      return await going.finally(() => short.delete(going));
    },
    runExclusively(op: Op, timeoutMs: number): Promise<Result> {
      const others = [...(long ? [long] : []), ...short];
      const going = Promise.allSettled(others).then(() => run(op, timeoutMs));
      const ended = Promise.allSettled([going]).then(() => {
        if (long === ended) long = undefined;
      });
      long = ended;
      return going;
    },
  };
}

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The kinds of tests, those whose files take longest first. Unit tests, which are short, fill the workers at the end. */
const kinds = ['fault', 'browser', 'gateway', 'database'];

/** Sorts the files of a project by their kind, because a new clone has no durations: a long file that starts last would delay the end. */
export class ByKind extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => (a.project === b.project ? rank(a) - rank(b) : 0));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const [, kind = ''] = /\.(\w+)\.test\.tsx?$/.exec(moduleId) ?? [];
  const place = kinds.indexOf(kind);
  return place < 0 ? kinds.length : place;
}

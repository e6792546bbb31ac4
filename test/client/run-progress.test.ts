import { shortProgress, withBeats } from '../../client/run-progress';
import type { RunProgress } from '../../model/run';

const run: RunProgress = {
  kind: 'backup',
  key: 'k',
  task: 'nn',
  label: '20261122171500',
  trigger: 'manual',
  phase: 'dumping',
  begin: 0,
  parts: [
    { source: 'nameNode', part: 'one', phase: 'done', since: 5, bytes: 9, outcome: 'Successful' },
    { source: 'nameNode', part: 'two', phase: 'dumping', since: 10, bytes: 1 },
  ],
};
const step = { source: 'nameNode', part: 'two', phase: 'dumping' } as const;

it('a heartbeat tells more of the same phase: it began when it began', () => {
  const { parts } = withBeats(run, [{ step: { ...step, bytes: 50, totalBytes: 100 } }], 99);
  expect(parts.at(-1)).toEqual({ ...step, since: 10, bytes: 50, totalBytes: 100 });
});

it('a heartbeat of the next phase begins now', () => {
  const live = withBeats(run, [{ step: { ...step, phase: 'uploading' } }], 99);
  expect(live.phase).toBe('uploading');
  expect(live.parts.at(-1)).toEqual({ ...step, phase: 'uploading', since: 99 });
});

it('a heartbeat of a set that the run has not heard of yet counts', () => {
  expect(withBeats(run, [{ step: { ...step, part: 'three' } }], 99).parts).toHaveLength(3);
});

it('a late heartbeat does not bring back what is done', () => {
  expect(withBeats(run, [{ step: { ...step, part: 'one' } }], 99)).toEqual(run);
});

it('what a step wrote for its next attempt is not shown', () => {
  const beat = { step: { ...step, resume: { secret: 'offset' } } };
  expect(JSON.stringify(withBeats(run, [beat], 99))).not.toContain('secret');
});

it('a failed attempt is told', () => {
  const trouble = { attempt: 2, why: 'gone' };
  expect(withBeats(run, [{}, { trouble }], 99)).toEqual({ ...run, trouble });
});

it('in short it is the phase, and the share of its bytes as far as all sets in work know theirs', () => {
  const going = { source: 'nameNode', phase: 'uploading', since: 5 } as const;
  const short = (...parts: object[]) =>
    shortProgress({ ...run, phase: 'uploading', parts: parts.map((part) => ({ part: 'one', ...going, ...part })) });
  expect(short({ bytes: 1, totalBytes: 3 })).toEqual({ phase: 'uploading', percent: 33 });
  expect(short({ bytes: 4, totalBytes: 3 })).toEqual({ phase: 'uploading', percent: 100 });
  expect(short({ totalBytes: 3 })).toEqual({ phase: 'uploading', percent: 0 });
  expect(short({ bytes: 1, totalBytes: 3 }, { part: 'two', bytes: 1 })).toEqual({ phase: 'uploading' });
  expect(short({ bytes: 9, totalBytes: 9, outcome: 'Successful' }, { part: 'two', bytes: 1, totalBytes: 2 })).toEqual({
    phase: 'uploading',
    percent: 50,
  });
  expect(short()).toEqual({ phase: 'uploading' });
});

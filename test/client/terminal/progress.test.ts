import { PassThrough } from 'node:stream';
import { createPaceGauge } from '../../../client/terminal/pace';
import { openProgress, wordsOf } from '../../../client/terminal/progress';
import type { Io } from '../../../client/terminal/io';
import type { WaitState } from '../../../client';
import type { RunProgress } from '../../../model/run';

const identity = {
  kind: 'backup',
  key: 'k',
  task: 'nn',
  label: '20261122171500',
  trigger: 'manual',
  begin: 0,
} as const;
type Part = RunProgress['parts'][number];

function running(
  phase: RunProgress['phase'],
  part: Partial<Part> = {},
  trouble?: { attempt: number; why: string },
): WaitState {
  const parts: Part[] = [{ source: 'nameNode', part: 'hacluster', phase, since: 0, ...part }];
  return { state: 'running', progress: { ...identity, phase, parts, ...(trouble && { trouble }) } };
}

const MiB = 1024 * 1024;

describe('the pace', () => {
  it('has no rate before there are two moments', () => {
    const gauge = createPaceGauge();
    expect(gauge({ ...identity, phase: 'uploading', parts: [] }, 0)).toEqual({ bytes: 0, files: 0 });
  });

  it('tells bytes a second, and how long the rest takes', () => {
    const gauge = createPaceGauge();
    const at = (bytes: number) => ({
      ...identity,
      phase: 'uploading' as const,
      parts: [
        { source: 'nameNode' as const, part: 'a', phase: 'uploading' as const, since: 0, bytes, totalBytes: 10 * MiB },
      ],
    });
    gauge(at(0), 0);
    expect(gauge(at(2 * MiB), 2000)).toMatchObject({ bytesPerSecond: MiB, msLeft: 8000, totalBytes: 10 * MiB });
  });

  it('follows what happens now more than what was', () => {
    const gauge = createPaceGauge();
    const at = (bytes: number) => ({
      ...identity,
      phase: 'dumping' as const,
      parts: [{ source: 'nameNode' as const, part: 'a', phase: 'dumping' as const, since: 0, bytes }],
    });
    gauge(at(0), 0);
    gauge(at(1000), 1000);
    const rates = [2000, 3000, 4000, 5000].map((now) => gauge(at(1000), now).bytesPerSecond!);
    expect(rates.every((rate, place) => rate < (rates[place - 1] ?? 1000))).toBe(true);
  });

  it('begins anew with each phase', () => {
    const gauge = createPaceGauge();
    const at = (phase: 'dumping' | 'uploading', bytes: number) => ({
      ...identity,
      phase,
      parts: [{ source: 'nameNode' as const, part: 'a', phase, since: 0, bytes }],
    });
    gauge(at('dumping', 0), 0);
    gauge(at('dumping', 1000), 1000);
    expect(gauge(at('uploading', 0), 2000).bytesPerSecond).toBeUndefined();
  });

  it('does not count what is done', () => {
    const done = {
      source: 'nameNode' as const,
      part: 'a',
      phase: 'done' as const,
      since: 0,
      bytes: 5,
      outcome: 'Successful' as const,
    };
    const going = { source: 'nameNode' as const, part: 'b', phase: 'dumping' as const, since: 0, bytes: 7 };
    expect(createPaceGauge()({ ...identity, phase: 'dumping', parts: [done, going] }, 0)).toMatchObject({ bytes: 7 });
  });
});

describe('the words', () => {
  it('name set, phase, bytes, files, rate and time left', () => {
    const gauge = createPaceGauge();
    wordsOf(running('uploading', { bytes: 0, totalBytes: 8 * MiB }), gauge, 0);
    expect(wordsOf(running('uploading', { bytes: 3 * MiB, totalBytes: 8 * MiB, files: 2 }), gauge, 3000)).toBe(
      'nameNode hacluster uploading · 3.0 MiB of 8.0 MiB · 2 files · 1.0 MiB/s · 5 s left',
    );
  });

  it('of service data name no part, and of how many files there are', () => {
    const counts = { bytes: MiB, totalBytes: 4 * MiB, files: 3, totalFiles: 10 };
    const part = { source: 'hdfs', part: '' } as const;
    expect(wordsOf(running('copying', { ...part, ...counts }), createPaceGauge(), 0)).toBe(
      'hdfs copying · 1.0 MiB of 4.0 MiB · 3 of 10 files',
    );
  });

  it.each([
    ['freezing', 'freezing: snapshots of the directories'],
    ['listing', 'listing what is frozen'],
    ['comparing', 'comparing what arrived'],
    ['preparing', 'preparing the places, keeping what is there'],
    ['adopting', 'adopting: putting it live'],
    ['reverting', 'reverting: bringing the state before back'],
  ] as const)('say what %s is', (phase, words) => {
    const part = { source: 'hdfs', part: '' } as const;
    expect(wordsOf(running(phase, part), createPaceGauge(), 0)).toBe(`hdfs ${words}`);
  });

  it('tell of a step that is tried again', () => {
    const text = wordsOf(running('dumping', {}, { attempt: 3, why: 'it sleeps' }), createPaceGauge(), 0);
    expect(text).toBe('nameNode hacluster dumping · attempt 3, the last one failed: it sleeps');
  });

  it.each([
    [{ state: 'waiting', before: 2 }, 'waiting (2 before it)'],
    [{ state: 'waiting', before: 0 }, 'about to start'],
    [{ state: 'cleaningUp' }, 'it was ended from outside; what it left is removed'],
    [{ state: 'unanswered', why: 'gone' }, 'no answer now: gone'],
  ] as const)('of %j are %j', (state, words) => {
    expect(wordsOf(state, createPaceGauge(), 0)).toBe(words);
  });

  it('never hold control characters from outside', () => {
    const part = running('dumping', { part: 'a\u001b[2J\u202eb' }, { attempt: 2, why: 'x\r\ny' });
    expect(wordsOf(part, createPaceGauge(), 0)).toBe(
      'nameNode a\ufffd[2J\ufffdb dumping · attempt 2, the last one failed: x\ufffd\ufffdy',
    );
  });
});

/** A stream that says it is a terminal of 120 columns. */
function screen(isTerminal: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY: isTerminal, columns: 120, rows: 30 });
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const io = { stderr: stream, isTerminal } as unknown as Io;
  return { io, text: () => text };
}

describe('the view', () => {
  const states = [
    running('dumping', { bytes: MiB, totalBytes: 4 * MiB }),
    running('dumping', { bytes: 2 * MiB, totalBytes: 4 * MiB }),
    running('uploading'),
  ];

  it('in a log has a line for each phase, without control characters', () => {
    const { io, text } = screen(false);
    const view = openProgress(io, false);
    for (const state of states) view.show(state);
    view.close();
    expect(text()).toBe('nameNode hacluster dumping · 1.0 MiB of 4.0 MiB\nnameNode hacluster uploading\n');
  });

  it('on a terminal is one line that moves, and is gone at the end', async () => {
    const { io, text } = screen(true);
    const view = openProgress(io, false);
    for (const state of states) {
      view.show(state);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    view.close();
    expect(text()).toContain('#####............... nameNode hacluster dumping · 1.0 MiB of 4.0 MiB');
    expect(text()).toContain('##########..........');
    expect(text()).not.toContain('\n');
    expect(text()).toMatch(/\u001b\[\?25h.*\u001b\[2K$/s);
  });

  it('beside JSON is nothing', () => {
    const { io, text } = screen(true);
    const view = openProgress(io, true);
    for (const state of states) view.show(state);
    view.close();
    expect(text()).toBe('');
  });
});

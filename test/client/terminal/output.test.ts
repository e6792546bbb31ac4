import { PassThrough } from 'node:stream';
import type { Io } from '../../../client/terminal/io';
import { jsonText, openOutput } from '../../../client/terminal/output';
import { factLines, tableLines } from '../../../client/terminal/table';
import { BackupError } from '../../../model/errors';

const hostile = 'a\u001b[31mred\u0007\u009b2J\u202egpj.exe\u2028\ud800\u0000z';

function outputs(isJson: boolean) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const out = openOutput({ stdout, stderr } as unknown as Io, isJson);
  return { out, stdout: () => String(stdout.read() ?? ''), stderr: () => String(stderr.read() ?? '') };
}

const dangerous = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]|\p{Cs}/u;

describe('for people', () => {
  it('a result goes to stdout in lines, what could mislead a terminal is replaced', () => {
    const { out, stdout, stderr } = outputs(false);
    out.show({}, () => [hostile, 'second']);
    const text = stdout();
    expect(text).not.toMatch(dangerous);
    expect(text).toMatch(/^a\ufffd\[31mred.*z\nsecond\n$/);
    expect(stderr()).toBe('');
  });

  it('an error goes to stderr with its hint; a list of problems has the hint on a line of its own', () => {
    const { out, stderr } = outputs(false);
    out.error(new BackupError('missing', 'no task', { hint: 'look' }));
    out.error(new BackupError('invalid', 'it is not right:\n  one\n  two\n', { hint: 'look' }));
    out.error(new BackupError('invalid', 'it is not right:\n  one\n'));
    expect(stderr()).toBe(
      'cairn: no task HINT: look\ncairn: it is not right:\n  one\n  two\nHINT: look\ncairn: it is not right:\n  one\n',
    );
  });

  it('what is no BackupError is called a fault of cairn, with its origin', () => {
    const { out, stderr } = outputs(false);
    out.error(new TypeError('x is not a function'));
    expect(stderr()).toMatch(/^cairn: this is a fault of cairn: TypeError: x is not a function\n +at /);
  });
});

describe('as JSON', () => {
  it('a result is one document on stdout, remarks are left out', () => {
    const { out, stdout, stderr } = outputs(true);
    out.note('by the way');
    out.show({ name: hostile }, () => ['never']);
    const text = stdout();
    expect(JSON.parse(text)).toEqual({ name: hostile });
    expect(text).not.toMatch(dangerous);
    expect(stderr()).toBe('');
  });

  it('an error is one document on stderr', () => {
    const { out, stdout, stderr } = outputs(true);
    out.error(new BackupError('denied', 'not you', { hint: 'ask' }));
    expect(JSON.parse(stderr())).toEqual({ error: { kind: 'denied', message: 'not you HINT: ask' } });
    expect(stdout()).toBe('');
  });

  it('a refusal of the cluster says which it is', () => {
    const { out, stderr } = outputs(true);
    out.error(new BackupError('conflict', 'it runs', { refusal: 'alreadyRunning', hint: 'wait' }));
    expect(JSON.parse(stderr())).toEqual({
      error: { kind: 'conflict', refusal: 'alreadyRunning', message: 'it runs HINT: wait' },
    });
  });

  it('nothing is lost by making it harmless', () => {
    expect(JSON.parse(jsonText(['\u061c', '\u2066', '"\\', '\u007f']))).toEqual(['\u061c', '\u2066', '"\\', '\u007f']);
  });
});

describe('a table', () => {
  it('has columns without borders or colours, also for names in wide letters', () => {
    const lines = tableLines(
      ['name', 'bytes'],
      [
        ['日本', 1],
        ['abcd', 22],
      ],
    );
    expect(lines.map((line) => line.trimEnd())).toEqual(['name  bytes', '日本  1', 'abcd  22']);
  });

  it('shows no control characters of a cell', () => {
    expect(tableLines(['a'], [[hostile], ['two\nlines']]).join('\n')).not.toMatch(dangerous);
    expect(tableLines([], [['two\nlines']])).toHaveLength(1);
  });

  it('of facts leaves out what has no value', () => {
    expect(factLines({ task: 'nn', reason: undefined, part: '', bytes: 0 }).map((line) => line.trimEnd())).toEqual([
      'task:   nn',
      'bytes:  0',
    ]);
  });
});

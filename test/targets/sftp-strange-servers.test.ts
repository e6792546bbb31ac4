import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bodyOf, namesBelow, read } from '../../targets/conformance/tools';
import { openSftpTarget } from '../../targets/sftp';
import { type FakeSftpServer, startFakeSftpServer } from '../fakes/sftp-server';
import { everythingIn, temporaryFolder } from './folders';

const MiB = 1024 * 1024;
const served = temporaryFolder();
let server: FakeSftpServer;
let count = 0;

beforeAll(async () => {
  server = await startFakeSftpServer(served);
});
afterAll(() => server?.close());
afterEach(() =>
  Object.keys(server.strange).forEach((key) => delete server.strange[key as keyof typeof server.strange]),
);

const patience = { connectMs: 5000, silentMs: 60_000, answerMs: 400 };

function newTarget() {
  const path = `/target-${(count += 1)}`;
  const root = join(served, path);
  mkdirSync(root);
  return { root, target: openSftpTarget({ ...server, path, patience: { ...patience, answerMs: 10_000 } }), path };
}

const kind = (expected: string, ...said: string[]) =>
  expect.objectContaining({ kind: expected, message: expect.stringMatching(new RegExp(said.join('.*'), 's')) });

describe('an SFTP target on a server that lacks every extension', () => {
  it('replaces an object all the same, and leaves no part', async () => {
    const { root, target } = newTarget();
    for (const content of ['old', 'new']) await target.put('a/object', bodyOf(content));
    expect(String(await read(target, 'a/object'))).toBe('new');
    expect(await everythingIn(root)).toEqual(['a', 'a/object']);
    await target[Symbol.asyncDispose]();
  });

  it('says that free space is not told', async () => {
    const { target } = newTarget();
    await expect(target.freeBytes?.()).rejects.toEqual(kind('unsupported', 'HINT'));
    await target[Symbol.asyncDispose]();
  });

  it('does not remove a folder that is in the way of an object', async () => {
    const { root, target } = newTarget();
    await target.put('folder/object', bodyOf('x'));
    await expect(target.put('folder', bodyOf('y'))).rejects.toEqual(kind('conflict', 'HINT'));
    expect(await everythingIn(root)).toEqual(['folder', 'folder/object']);
    await target[Symbol.asyncDispose]();
  });
});

describe('an SFTP target does not trust what a server lists:', () => {
  it('an entry that comes twice counts once', async () => {
    const { target } = newTarget();
    for (const name of ['a/1', 'a/2', 'b']) await target.put(name, bodyOf('x'));
    server.strange.doubled = true;
    const names: string[] = [];
    for await (const { name } of target.list('')) names.push(name);
    expect(names.sort()).toEqual(['a/1', 'a/2', 'b']);
    await target[Symbol.asyncDispose]();
  });

  it('names that lead elsewhere or fool a terminal are left out, and nothing is entered or removed there', async () => {
    const { root, target } = newTarget();
    await target.put('a/object', bodyOf('x'));
    mkdirSync(join(root, '..', 'victim'), { recursive: true });
    const hostile = ['../victim', '../../..', '/etc', 'a/../../victim', 'two\nlines', 'back\\slash', '\u202Etxt', ''];
    server.strange.extra = hostile.flatMap((name) => [
      { name, type: 'directory' as const },
      { name: `${name}/.cairn-part-x`, type: 'file' as const },
      { name, type: 'file' as const },
    ]);
    expect(await namesBelow(target, '')).toEqual(['a/object']);
    await target.clean?.('');
    server.strange.extra = [];
    expect(await everythingIn(root)).toEqual(['a', 'a/object']);
    expect(await everythingIn(served)).toContain('victim');
    await target[Symbol.asyncDispose]();
  });
});

describe('an SFTP target on a server that fails', () => {
  it('at the k-th write of 40, each k: the old object stays, nothing is listed beside it, and no part is left', async () => {
    const { root, target } = newTarget();
    await target.put('a/object', bodyOf('old'));
    for (let k = 1; k <= 40; k += 1) {
      server.strange.failingWrite = { k, words: k % 2 === 0 ? 'no space left on device' : 'Failure' };
      const put = target.put('a/object', bodyOf(Buffer.alloc(40 * 32_000, k)));
      await expect(put).rejects.toEqual(kind(k % 2 === 0 ? 'full' : 'unavailable', 'HINT'));
      expect(await everythingIn(root)).toEqual(['a', 'a/object']);
    }
    expect(String(await read(target, 'a/object'))).toBe('old');
    await target[Symbol.asyncDispose]();
  });

  it('by ending a file early: the stream errors, also where the reader is far behind', async () => {
    const { target } = newTarget();
    await target.put('object', bodyOf(Buffer.alloc(MiB)));
    for (const endsAt of [0, 1, 31_951, 500_000, MiB - 1]) {
      server.strange.endsAt = endsAt;
      await expect(read(target, 'object')).rejects.toEqual(kind('corrupt', 'ends'));
      await expect(read(target, 'object', { start: 0, end: MiB - 1 })).rejects.toEqual(kind('corrupt'));
    }
    await target[Symbol.asyncDispose]();
  });

  it('by answering no request, though its connection lives: unavailable', async () => {
    const { path } = newTarget();
    const target = openSftpTarget({ ...server, path, patience });
    await target.put('object', bodyOf('x'));
    server.strange.isHung = true;
    await expect(target.put('other', bodyOf('x'))).rejects.toEqual(kind('unavailable', 'gave no answer', 'HINT'));
    await expect(read(target, 'object')).rejects.toEqual(kind('unavailable', 'gave no answer'));
    server.strange.isHung = false;
    expect(String(await read(target, 'object'))).toBe('x');
    await target[Symbol.asyncDispose]();
  });

  it('by having no SFTP: precondition', async () => {
    const { target } = newTarget();
    server.strange.withoutSftp = true;
    await expect(target.stat('x')).rejects.toEqual(kind('precondition', 'no SFTP', 'HINT'));
  });
});

it('a password is given to a server that asks for it as a question', async () => {
  const { target } = newTarget();
  server.strange.asksForPassword = true;
  await target.put('object', bodyOf('x'));
  expect(await namesBelow(target, '')).toEqual(['object']);
  await target[Symbol.asyncDispose]();
});

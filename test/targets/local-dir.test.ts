import { mkdir, open, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { noControl, type Progress } from '../../model/control';
import { bodyOf, heldBody, namesBelow, read, remainsBelow } from '../../targets/conformance/tools';
import { openLocalDir } from '../../targets/local-dir';
import { describeTarget } from '../conformance/target';
import { everythingIn, temporaryFolder } from './folders';

const shared = temporaryFolder();
describeTarget('localDir', async () => openLocalDir({ root: shared }), ['snapshots']);

function newTarget() {
  const root = temporaryFolder();
  return { root, target: openLocalDir({ root }) };
}

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
const kind = (expected: string) => expect.objectContaining({ kind: expected });

describe('localDir keeps the product’s house in order:', () => {
  it('folders have mode 700 and files 600', async () => {
    const { root, target } = newTarget();
    await target.put('1/nn/archive', bodyOf('x'));
    expect(await Promise.all(['1', '1/nn', '1/nn/archive'].map((name) => modeOf(join(root, name))))).toEqual([
      '700',
      '700',
      '600',
    ]);
  });

  it('folders that become empty go, others and the root stay', async () => {
    const { root, target } = newTarget();
    await target.put('1/nn/a/b/archive', bodyOf('x'));
    await target.put('1/other', bodyOf('x'));
    await target.remove('1/nn/a/b/archive');
    expect(await everythingIn(root)).toEqual(['1', '1/other']);
    await target.remove('1/other');
    expect(await everythingIn(root)).toEqual([]);
  });

  it('a put that fails leaves neither a part nor the folders it made', async () => {
    const { root, target } = newTarget();
    await expect(target.put('1/nn/archive', { bytes: 5, open: bodyOf('x').open })).rejects.toEqual(kind('corrupt'));
    expect(await everythingIn(root)).toEqual([]);
  });

  it('tells an unfinished put as remains, below its own prefix only, with its bytes', async () => {
    const { target } = newTarget();
    const { body, flowing, finish } = heldBody(Buffer.alloc(2 ** 21), Buffer.alloc(1));
    const putting = target.put('a/b/object', body);
    await Promise.race([flowing, putting]);
    for (;;) if ((await remainsBelow(target, 'a')).length > 0) break;
    expect(await remainsBelow(target, 'a/b')).toEqual([expect.stringMatching(/^a\/b\/\.cairn-part-/)]);
    expect(await remainsBelow(target, 'a/c')).toEqual([]);
    expect(await remainsBelow(target, '')).toHaveLength(1);
    finish();
    await putting;
    expect(await remainsBelow(target, '')).toEqual([]);
  });

  it('puts and removals in one folder do not take it away from each other', async () => {
    const { target } = newTarget();
    const busy = async (name: string) => {
      for (let round = 0; round < 50; round++) {
        await target.put(`a/b/${name}`, bodyOf('x'));
        await target.remove(`a/b/${name}`);
      }
    };
    await Promise.all([busy('left'), busy('right'), busy('middle')]);
    expect(await namesBelow(target, '')).toEqual([]);
  });

  it('the bytes are synced before the object appears, and its folder after', async () => {
    const { root, target } = newTarget();
    const handle = await open(root);
    const appeared: boolean[] = [];
    const prototype = Object.getPrototypeOf(handle) as typeof handle;
    const sync = prototype.sync;
    const spy = jest.spyOn(prototype, 'sync').mockImplementation(function (this: typeof handle) {
      appeared.push(existsSync(join(root, 'a/b/object')));
      return sync.call(this);
    });
    await target.put('a/b/object', bodyOf('x')).finally(() => spy.mockRestore());
    await handle.close();
    const [parentOfA, parentOfB, bytes, folder] = [false, false, false, true];
    expect(appeared).toEqual([parentOfA, parentOfB, bytes, folder]);
  });

  it('readers that never begin leave no file open', async () => {
    const { target } = newTarget();
    await target.put('object', bodyOf('x'));
    const openFiles = async () => (await readdir('/proc/self/fd')).length;
    const before = await openFiles();
    for (let n = 0; n < 50; n++) (await target.get('object')).destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await openFiles()).toBeLessThan(before + 10);
  });
});

describe('localDir stays below its root:', () => {
  const outside = temporaryFolder();
  const root = temporaryFolder();
  const openShared = () => openLocalDir({ root });
  const methods = ['put', 'get', 'stat', 'remove', 'list', 'clean'] as const;
  const call = async (method: (typeof methods)[number], folder: string): Promise<unknown> => {
    const target = openShared();
    if (method === 'list') return namesBelow(target, folder);
    if (method === 'clean') return target.clean?.(folder);
    return method === 'put' ? target.put(`${folder}/secret`, bodyOf('x')) : target[method](`${folder}/secret`);
  };

  beforeAll(async () => {
    await mkdir(join(outside, 'deeper'));
    await writeFile(join(outside, 'deeper/secret'), 'secret');
    await mkdir(join(root, 'real'));
    await symlink(outside, join(root, 'leaving'));
    await symlink('real', join(root, 'staying'));
    await symlink(join(outside, 'deeper/secret'), join(root, 'real/link'));
    await symlink(join(outside, 'nowhere'), join(root, 'dangling'));
  });

  it.each(methods)('%s refuses folders that are symbolic links, wherever they lead', async (method) => {
    await expect(call(method, 'leaving/deeper')).rejects.toEqual(kind('invalid'));
    await expect(call(method, 'staying')).rejects.toEqual(kind('invalid'));
    expect(await readFile(join(outside, 'deeper/secret'), 'utf8')).toBe('secret');
  });

  it('a link that leads nowhere is not followed to make a folder there', async () => {
    await expect(openShared().put('dangling/object', bodyOf('x'))).rejects.toEqual(kind('invalid'));
    expect(existsSync(join(outside, 'nowhere'))).toBe(false);
  });

  it('links are no objects, and are not looked into', async () => {
    await expect(openShared().get('real/link')).rejects.toEqual(kind('missing'));
    expect(await openShared().stat('real/link')).toBeUndefined();
    expect(await namesBelow(openShared(), '')).toEqual([]);
  });

  it('a put replaces a link, and leaves alone what it led to', async () => {
    await openShared().put('real/link', bodyOf('mine'));
    expect(String(await read(openShared(), 'real/link'))).toBe('mine');
    expect(await readFile(join(outside, 'deeper/secret'), 'utf8')).toBe('secret');
  });

  it('the root itself may be a link', async () => {
    const { root: real } = newTarget();
    const link = join(temporaryFolder(), 'LocalBackup');
    await symlink(real, link);
    const target = openLocalDir({ root: link });
    await target.put('1/object', bodyOf('x'));
    expect(await namesBelow(target, '1')).toEqual(['1/object']);
    expect(await everythingIn(real)).toEqual(['1', '1/object']);
  });
});

describe('localDir says what stands in the way:', () => {
  it('an absent root is unavailable, and is neither made nor taken for an empty target', async () => {
    const root = join(temporaryFolder(), 'not-mounted');
    const target = openLocalDir({ root });
    await expect(target.put('object', bodyOf('x'))).rejects.toEqual(kind('unavailable'));
    await expect(target.stat('object')).rejects.toEqual(kind('unavailable'));
    await expect(namesBelow(target, '')).rejects.toEqual(kind('unavailable'));
    await expect(target.freeBytes?.()).rejects.toEqual(kind('unavailable'));
    expect(existsSync(root)).toBe(false);
  });

  it('a relative root is invalid', () => {
    expect(() => openLocalDir({ root: 'LocalBackup' })).toThrow('not an absolute path');
  });

  it('a folder under an object’s name is a conflict, and so is an object under a folder’s', async () => {
    const { target } = newTarget();
    await target.put('folder/object', bodyOf('old'));
    await expect(target.put('folder', bodyOf('x'))).rejects.toEqual(kind('conflict'));
    await expect(target.put('folder/object/below', bodyOf('x'))).rejects.toEqual(kind('conflict'));
    expect(String(await read(target, 'folder/object'))).toBe('old');
  });

  it('a disk that refuses is denied, with a hint', async () => {
    // The kernel lets nobody, not even root, make files here.
    const outcome: unknown = await openLocalDir({ root: '/sys/kernel' })
      .put('object', bodyOf('x'))
      .catch((error: unknown) => error);
    expect(outcome).toEqual(kind('denied'));
    expect(String(outcome)).toContain('HINT: ');
  });

  it('a name that the file system cannot hold is invalid', async () => {
    const { target } = newTarget();
    await expect(target.put('x'.repeat(300), bodyOf('x'))).rejects.toEqual(kind('invalid'));
  });

  it('a file that is cut off while it is read is corrupt', async () => {
    const { root, target } = newTarget();
    await target.put('object', bodyOf(Buffer.alloc(8 * 1024 * 1024)));
    const stream = await target.get('object');
    const drain = async () => {
      for await (const chunk of stream) if (chunk.length > 0) await truncate(join(root, 'object'), 2 * 1024 * 1024);
    };
    await expect(drain()).rejects.toEqual(kind('corrupt'));
  });

  it('files of others whose names cairn would refuse are not listed', async () => {
    const { root, target } = newTarget();
    await writeFile(join(root, 'two\nlines'), 'x');
    await target.put('object', bodyOf('x'));
    expect(await namesBelow(target, '')).toEqual(['object']);
  });

  it('the folder that ext file systems keep for root is no part of the target', async () => {
    const { root, target } = newTarget();
    await mkdir(join(root, 'lost+found'));
    await writeFile(join(root, 'lost+found/#1'), 'x');
    expect(await namesBelow(target, '')).toEqual([]);
  });
});

describe('localDir deals with what cut-off puts left:', () => {
  const MiB = 1024 * 1024;
  const part = (folder: string) => readdir(folder).then((names) => names.filter((name) => name.startsWith('.cairn-')));

  it('clean removes parts and empty folders below the prefix only', async () => {
    const { root, target } = newTarget();
    for (const folder of ['1/nn', '1/nn/empty', '2']) await mkdir(join(root, folder), { recursive: true });
    for (const folder of ['1/nn', '2']) await writeFile(join(root, folder, '.cairn-part-left'), 'x');
    await target.clean?.('1');
    expect(await everythingIn(root)).toEqual(['2', '2/.cairn-part-left']);
    await target.clean?.('');
    expect(await everythingIn(root)).toEqual([]);
  });

  it('nobody can store or read under the name of a part', async () => {
    const { target } = newTarget();
    await expect(target.put('a/.cairn-part-mine', bodyOf('x'))).rejects.toEqual(kind('invalid'));
    await expect(target.get('.cairn-part-mine/x')).rejects.toEqual(kind('invalid'));
  });

  it('the newest put of a large object takes over, and the older one ends with a conflict', async () => {
    const { root, target } = newTarget();
    const older = heldBody(Buffer.alloc(5 * MiB, 'o'), Buffer.alloc(5 * MiB, 'o'));
    const other = heldBody(Buffer.alloc(5 * MiB, 'x'), Buffer.alloc(5 * MiB, 'x'));
    const [olderPut, otherPut] = [target.put('a/object', older.body), target.put('a/other', other.body)];
    await Promise.all([older.flowing, other.flowing]);
    await target.put('a/object', bodyOf(Buffer.alloc(10 * MiB, 'n')));
    expect(await part(join(root, 'a'))).toHaveLength(1);
    older.finish();
    other.finish();
    await expect(olderPut).rejects.toEqual(kind('conflict'));
    await expect(otherPut).resolves.toMatchObject({ bytes: 10 * MiB });
    expect(String((await read(target, 'a/object')).subarray(0, 3))).toBe('nnn');
    expect(await everythingIn(root)).toEqual(['a', 'a/object', 'a/other']);
  });

  it('a put that is stopped while its last bytes are synced leaves nothing at all', async () => {
    const { root, target } = newTarget();
    const stop = new AbortController();
    const report = ({ bytes }: Progress) => bytes === 1 && setImmediate(() => stop.abort());
    const putting = target.put('object', bodyOf('x'), { ...noControl(), signal: stop.signal, report });
    await expect(putting).rejects.toEqual(kind('cancelled'));
    expect(await everythingIn(root)).toEqual([]);
  });

  it('a put that is stopped leaves nothing at all', async () => {
    const { root, target } = newTarget();
    const stop = new AbortController();
    const { body, flowing } = heldBody(Buffer.alloc(5 * MiB), Buffer.alloc(MiB));
    const putting = target.put('a/object', body, { ...noControl(), signal: stop.signal });
    await flowing;
    stop.abort();
    await expect(putting).rejects.toEqual(kind('cancelled'));
    expect(await everythingIn(root)).toEqual([]);
  });
});

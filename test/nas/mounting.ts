import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { unmountLeftovers } from '../../servers/mounts';
import { assertKind, bodyOf, namesBelow, read } from '../../targets/conformance/tools';
import { startHalfPut } from './half-put';
import { behind, type Nas, type NasCase, protocolNames } from './nas';

/** The lines of the kernel's table about mounts of ours. */
export async function mountLines({ mountPoints }: Pick<Nas, 'mountPoints'>): Promise<string[]> {
  return (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .filter((line) => line.includes(`${mountPoints}/`));
}

/** Neither a mount nor a mount point is left. */
export async function assertNothingLeft(nas: Pick<Nas, 'mountPoints'>): Promise<void> {
  assert.deepEqual(await mountLines(nas), []);
  assert.deepEqual(await readdir(nas.mountPoints), []);
}

const versionShown = {
  'NFS 3': / - nfs .*vers=3,.*\bsoft\b/,
  'NFS 4.1': / - nfs4 .*vers=4\.1,.*\bsoft\b/,
  'SMB 2.1': / - cifs .*vers=2\.1,.*\bsoft\b/,
  'SMB 3': / - cifs .*vers=3\.0,.*\bsoft\b/,
} as const;

const eachProtocol: NasCase[] = protocolNames.map((protocol) => ({
  name: `${protocol} is mounted at first use, in that version, and unmounted on dispose`,
  run: async (nas) => {
    const target = nas.open(protocol);
    await assertNothingLeft(nas);
    await target.put('lazily/object', bodyOf('stones'));
    const [line, ...more] = await mountLines(nas);
    assert.match(line ?? '', versionShown[protocol]);
    assert.deepEqual(more, []);
    assert.equal(await readFile(behind('share', 'lazily/object'), 'utf8'), 'stones');
    await target.remove('lazily/object');
    await target[Symbol.asyncDispose]();
    await assertNothingLeft(nas);
  },
}));

const kills: NasCase[] = (['NFS 4.1', 'SMB 3'] as const).map((protocol) => ({
  name: `${protocol}: what a process leaves mounted that is killed in the middle of a put, the next one finds and unmounts`,
  run: async (nas) => {
    const old = nas.open(protocol);
    await old.put('killed/object', bodyOf('the old one'));
    await old[Symbol.asyncDispose]();

    const half = await startHalfPut(nas, protocol, 'killed/object', { megabytes: 4, stopAt: 2 });
    assert.equal(await unmountLeftovers(nas.mountPoints), 0, 'a mount of a process that lives was taken away');
    assert.equal((await mountLines(nas)).length, 1);
    await half.kill();
    assert.equal((await mountLines(nas)).length, 1);
    const target = nas.open(protocol);
    assert.equal(String(await read(target, 'killed/object')), 'the old one');
    assert.equal((await mountLines(nas)).length, 1, 'not the dead process but ours');
    assert.deepEqual(await namesBelow(target, 'killed'), ['killed/object']);
    assert.equal((await readdir(behind('share', 'killed'))).length, 2);
    await target.clean?.('killed');
    assert.deepEqual(await readdir(behind('share', 'killed')), ['object']);
    await target.remove('killed/object');
    await target[Symbol.asyncDispose]();
    await assertNothingLeft(nas);
  },
}));

const others: NasCase[] = [
  {
    name: 'without a version the newest that both sides know is taken',
    run: async (nas) => {
      const targets = [
        nas.open('NFS 4.1', { more: { version: undefined } }),
        nas.open('SMB 3', { more: { version: undefined } }),
      ];
      for (const target of targets) assert.equal(await target.stat('absent'), undefined);
      const shown = await mountLines(nas);
      assert.equal(shown.length, 2);
      assert.ok(shown.some((line) => line.includes('vers=4.2,')) && shown.some((line) => line.includes('vers=3.1.1,')));
      for (const target of targets) await target[Symbol.asyncDispose]();
    },
  },
  ...(['NFS 4.1', 'SMB 3'] as const).map((protocol) => ({
    name: `${protocol} goes over IPv6`,
    run: async (nas: Nas) => {
      const target = nas.open(protocol, { more: { server: '::1', ipMode: 'ipv6' } });
      await target.put('six/object', bodyOf('6'));
      assert.match((await mountLines(nas))[0] ?? '', /addr=(::1|0000:0000:0000:0000:0000:0000:0000:0001),/);
      await target.remove('six/object');
      await target[Symbol.asyncDispose]();
    },
  })),
  {
    name: 'two steps at once have a mount each, and one that ends leaves the other one its own',
    run: async (nas) => {
      const [one, other] = [nas.open('NFS 4.1'), nas.open('NFS 4.1')];
      await Promise.all([one.put('two/a', bodyOf('a')), other.put('two/b', bodyOf('b'))]);
      assert.equal((await mountLines(nas)).length, 2);
      await one[Symbol.asyncDispose]();
      assert.equal(String(await read(other, 'two/a')), 'a');
      for (const name of ['two/a', 'two/b']) await other.remove(name);
      await other[Symbol.asyncDispose]();
      await assertNothingLeft(nas);
    },
  },
  {
    name: 'SMB 3: a file that is being read hinders no unmounting',
    run: async (nas) => {
      const target = nas.open('SMB 3');
      await target.put('open/object', bodyOf('x'.repeat(3_000_000)));
      const stream = await target.get('open/object');
      await new Promise((resolve) => stream.once('readable', resolve));
      await target[Symbol.asyncDispose]();
      stream.on('error', () => undefined).destroy();
      await assertNothingLeft(nas);
    },
  },
  {
    name: 'a stop while the server is silent ends the mount within moments',
    run: async (nas) => {
      const stopping = new AbortController();
      const control = { signal: stopping.signal, resume: undefined, report: () => undefined };
      // Nobody answers there, and nobody refuses: the address is none of this machine's.
      const target = nas.open('NFS 4.1', { more: { server: '192.0.2.1' } });
      setTimeout(() => stopping.abort(), 1_000);
      await assertKind('cancelled', target.put('a', bodyOf('a'), control));
      await target[Symbol.asyncDispose]();
      await assertNothingLeft(nas);
    },
  },
];

export const mountingCases: readonly NasCase[] = [...eachProtocol, ...others, ...kills];

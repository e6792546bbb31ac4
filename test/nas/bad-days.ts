import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chown, readdir, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { BackupError, type ErrorKind, isKind } from '../../model/errors';
import type { BackupTarget } from '../../model/target';
import { bodyOf, read } from '../../targets/conformance/tools';
import { growingPauses, patienceMs, until } from '../kit/pauses';
import { assertNothingLeft } from './mounting';
import { behind, type Nas, type NasCase, type Protocol, protocolNames, type ShareName } from './nas';

const run = promisify(execFile);
const MiB = 1024 * 1024;

/** Uses a target, and checks that nothing stays mounted. */
async function using(nas: Nas, target: BackupTarget, use: () => Promise<void>): Promise<void> {
  try {
    await use();
  } finally {
    await target[Symbol.asyncDispose]();
  }
  await assertNothingLeft(nas);
}

/** The operation ends with an error of this kind whose text has all this, and no password. */
async function assertTold(nas: Nas, operation: Promise<unknown>, kind: ErrorKind, ...texts: RegExp[]): Promise<void> {
  const error = await operation.then(
    () => assert.fail('no error came'),
    (cause: unknown) => cause as BackupError,
  );
  assert.ok(error instanceof BackupError, String((error as Error).stack));
  assert.equal(error.kind, kind, error.message);
  for (const text of [...texts, /HINT: /]) assert.match(error.message, text);
  assert.ok(!JSON.stringify([error.message, error.stack, error.context]).includes(nas.password.slice(0, 6)));
}

const writers = (share: ShareName, protocols: readonly Protocol[], name: string, texts: RegExp[]): NasCase[] =>
  protocols.map((protocol) => ({
    name: `${protocol}: ${name}`,
    run: async (nas) => {
      const target = nas.open(protocol, { share });
      await using(nas, target, () => assertTold(nas, target.put('a/b', bodyOf('x')), 'denied', ...texts));
    },
  }));

const refusals: NasCase[] = [
  ...protocolNames.map((protocol) => ({
    name: `${protocol}: a share that the server does not have is a precondition`,
    run: async (nas: Nas) => {
      const target = nas.open(protocol, { share: 'absent' });
      await using(nas, target, () => assertTold(nas, target.stat('a'), 'precondition', /absent could not be mounted/));
    },
  })),
  {
    name: 'SMB 3: a wrong password is denied, and shown nowhere',
    run: async (nas) => {
      const password = () => Promise.resolve(`${nas.password}-wrong`);
      const target = nas.open('SMB 3', { more: { password } });
      await using(nas, target, () => assertTold(nas, target.stat('a'), 'denied', /Permission denied/, /secret/));
    },
  },
  {
    name: 'SMB 3: a user whom the server does not know is denied',
    run: async (nas) => {
      const target = nas.open('SMB 3', { more: { username: 'stranger' } });
      await using(nas, target, () => assertTold(nas, target.stat('a'), 'denied', /username/));
    },
  },
  ...(['NFS 4.1', 'SMB 3'] as const).map((protocol) => ({
    name: `${protocol}: a server that is not there is unavailable`,
    run: async (nas: Nas) => {
      const target = nas.open(protocol, { more: { port: 4 } });
      await using(nas, target, () => assertTold(nas, target.stat('a'), 'unavailable', /could not be mounted/));
    },
  })),
  ...writers(
    'closed',
    ['NFS 3', 'SMB 3'],
    "a folder of another owner is denied, with the product's owner in the hint",
    [/does not let this worker write/, /nobody:nobody/],
  ),
  ...writers('read-only', ['NFS 4.1', 'SMB 2.1'], 'a share that is read-only is denied', [
    /does not let this worker write/,
  ]),
  ...(['NFS 4.1', 'SMB 3'] as const).map((protocol) => ({
    name: `${protocol}: a share that is read-only can be restored from`,
    run: async (nas: Nas) => {
      const target = nas.open(protocol, { share: 'read-only' });
      await using(nas, target, async () => assert.equal(String(await read(target, 'object')), 'old\n'));
    },
  })),
];

/** What a kernel that is still writing to a file that was removed calls so is gone a moment later. */
async function leftIn(folder: string): Promise<string[]> {
  const deadline = Date.now() + patienceMs;
  for (const pause = growingPauses(); ; await pause()) {
    const left = await readdir(folder);
    if (!left.some((name) => name.startsWith('.nfs')) || Date.now() > deadline) return left;
  }
}

/** The NFS server may keep a file open for a while after it was removed: until then its room is not free. */
async function putOnceThereIsRoom(target: BackupTarget, name: string, text: string): Promise<void> {
  await until(async () => {
    await letGoOfFiles();
    return await target.put(name, bodyOf(text)).catch((error: unknown) => {
      if (!isKind(error, 'full')) throw error;
      return undefined;
    });
  });
}

async function letGoOfFiles(): Promise<void> {
  await writeFile('/proc/sys/vm/drop_caches', '2');
}

/**
 * On the share there is room for 6 MiB: with each filler it ends at another one of so many places of the object, with an error of
 * this code. The filler belongs to the owner whom a quota counts.
 */
const noRoom = (protocol: Protocol, share: 'small' | 'quota', what: string, code: RegExp, places: number): NasCase => ({
  name: `${protocol}: ${what} says so, keeps the old object and leaves no part, wherever the room ends`,
  run: async (nas) => {
    const target = nas.open(protocol, { share });
    const filler = behind(share, 'filler');
    await using(nas, target, async () => {
      await putOnceThereIsRoom(target, 'a/object', 'the old one');
      // From the fullest on: what a filler gives back that becomes smaller is free at once.
      for (let place = places - 1; place >= 0; place -= 1) {
        await letGoOfFiles();
        await writeFile(filler, Buffer.alloc((6 * MiB * place) / places));
        await chown(filler, 65_534, 65_534);
        await assertTold(nas, target.put('a/object', bodyOf(Buffer.alloc(7 * MiB))), 'full', code);
        assert.deepEqual(await leftIn(behind(share, 'a')), ['object']);
        assert.equal(String(await read(target, 'a/object')), 'the old one');
      }
      await writeFile(filler, '');
      await putOnceThereIsRoom(target, 'a/object', 'there is room again');
      assert.equal(String(await read(target, 'a/object')), 'there is room again');
    });
  },
});

const fullDisks: NasCase[] = (['NFS 3', 'NFS 4.1', 'SMB 3'] as const).flatMap((protocol) => [
  noRoom(protocol, 'small', 'a share that is full', /ENOSPC/, protocol === 'NFS 3' ? 5 : 40),
  noRoom(protocol, 'quota', 'a share whose owner has used up a quota', /EDQUOT|ENOSPC/, 5),
]);

/** Nothing goes over the loopback interface: neither an answer nor a refusal. */
const cutOff = {
  begin: () => run('ip', ['link', 'set', 'lo', 'down']),
  end: () => run('ip', ['link', 'set', 'lo', 'up']),
};
/** The server's processes are there, and take the bytes, and say nothing. */
const stopped = { begin: () => signalAll('smbd', 'SIGSTOP'), end: () => signalAll('smbd', 'SIGCONT') };

async function signalAll(command: string, signal: NodeJS.Signals): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    if (name.trim() === command) process.kill(Number(pid), signal);
  }
}

const hangs = [
  ['NFS 3', 'that nothing reaches any more', cutOff],
  ['NFS 4.1', 'that nothing reaches any more', cutOff],
  ['SMB 3', 'that is stopped', stopped],
] as const;

const hangingServers: NasCase[] = hangs.flatMap(([protocol, how, hang]) => [
  {
    name: `${protocol}: a server ${how} ends operations as unavailable, and is unmounted all the same`,
    run: async (nas) => {
      const target = nas.open(protocol, { patienceMs: 2_000 });
      await target.put('hang/old', bodyOf('the old one'));
      await hang.begin();
      const begin = Date.now();
      try {
        await assertTold(nas, target.put('hang/new', bodyOf('x')), 'unavailable', /is silent|could not/);
        await assertTold(nas, target.stat('hang/old'), 'unavailable', /is silent|could not/);
        await target[Symbol.asyncDispose]();
        await assertNothingLeft(nas);
        assert.ok(Date.now() - begin < 60_000, `it took ${Date.now() - begin} ms`);
      } finally {
        await hang.end();
      }
      const again = nas.open(protocol);
      assert.equal(String(await read(again, 'hang/old')), 'the old one');
      await again.clean?.('hang');
      await again.remove('hang/old');
      await again.remove('hang/new');
      await again[Symbol.asyncDispose]();
      await assertNothingLeft(nas);
    },
  },
  {
    name: `${protocol}: a server ${how} for a moment costs a moment`,
    run: async (nas) => {
      const target = nas.open(protocol);
      await target.put('moment/a', bodyOf('a'));
      await hang.begin();
      const putting = target.put('moment/b', bodyOf('b'));
      await sleep(2_000);
      await hang.end();
      assert.equal((await putting).bytes, 1);
      for (const name of ['moment/a', 'moment/b']) await target.remove(name);
      await target[Symbol.asyncDispose]();
    },
  },
]);

export const badDayCases: readonly NasCase[] = [...refusals, ...fullDisks, ...hangingServers];

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { bodyOf, read } from '../../targets/conformance/tools';
import { assertNothingLeft } from './mounting';
import { type Nas, type NasCase, type Protocol, protocolNames, type ShareName } from './nas';
import { assertTold, using } from './told';

const run = promisify(execFile);

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

export const badDayCases: readonly NasCase[] = [...refusals, ...hangingServers];

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { noControl } from '../../model/control';
import { bodyOf, heldBody, namesBelow, read } from '../../targets/conformance/tools';
import { openSftpTarget, type SftpTargetOptions } from '../../targets/sftp';
import { describeWhere, testWhere } from '../kit/skip';
import { openTcpProxy, type TcpProxy } from '../kit/tcp-proxy';
import { type OpenSsh, startOpenSsh, withoutDisks, withoutOpenSsh } from '../servers/openssh';
import { everythingIn } from './folders';

const MiB = 1024 * 1024;
/** Found in no error, whatever happens. */
const canaries = { password: 'canary-password', passphrase: 'canary-passphrase' };
/** As impatient as a test; the defaults are the same with larger numbers. */
const patience = { connectMs: 1500, silentMs: 1500, answerMs: 20_000 };
/** For tests in which the network is well: a busy machine is no dead server. */
const patient = { connectMs: 60_000, silentMs: 60_000, answerMs: 60_000 };

let ssh: OpenSsh;
let proxy: TcpProxy;
let count = 0;
const opened: AsyncDisposable[] = [];
const thrown: unknown[] = [];

async function startAll() {
  ssh = await startOpenSsh(canaries);
  proxy = await openTcpProxy(ssh.port);
}

async function endAll() {
  for (const target of opened) await target[Symbol.asyncDispose]();
  await proxy?.close();
  await ssh?.end();
}

function login(): SftpTargetOptions {
  const { server, port, username, hostKey, root: path } = ssh;
  return { server, port, username, hostKey, path, password: async () => canaries.password, patience: patient };
}

function open(options: Partial<SftpTargetOptions> = {}) {
  const target = openSftpTarget({ ...login(), ...options });
  opened.push(target);
  return target;
}

/** A target behind the proxy, in a folder of its own. */
async function behindProxy(options: Partial<SftpTargetOptions> = {}) {
  proxy.pass();
  const folder = `bad-${(count += 1)}`;
  await open().put(`${folder}/kept`, bodyOf('kept'));
  const target = open({ port: proxy.port, path: join(ssh.root, folder), ...options });
  return { target, root: join(ssh.root, folder) };
}

/** One that is patient while the network is well, so that no busy machine is taken for a dead server. */
async function behindDeadProxy() {
  const now = { ...patient };
  const behind = await behindProxy({ patience: now });
  const fail = (how: 'stall' | 'abandon') => (Object.assign(now, patience), proxy[how]());
  const heal = () => (Object.assign(now, patient), proxy.pass());
  return { ...behind, fail, heal };
}

const kind = (expected: string, ...said: string[]) =>
  expect.objectContaining({ kind: expected, message: expect.stringMatching(new RegExp(said.join('.*'), 's')) });

/** The operation fails so; its error is kept, to be searched for secrets. */
async function fails(operation: Promise<unknown>, expected: string, ...said: string[]): Promise<void> {
  const error: unknown = await operation.then(
    () => 'no error',
    (error: unknown) => error,
  );
  thrown.push(error);
  expect(error).toEqual(kind(expected, ...said));
}

const block = Buffer.alloc(MiB);
for (let at = 0; at < MiB; at += 4) block.writeUInt32LE((at * 2654435761) >>> 0, at);

/** So many MiB, each of which begins with its number; `asked` tells from where they were wanted. */
function largeBody(mebibytes: number, id: string) {
  const asked: number[] = [];
  const contentFrom = function* (from: number) {
    for (let n = Math.floor(from / MiB); n < mebibytes; n += 1) {
      const one = Buffer.from(block);
      one.writeUInt32LE(n, 0);
      yield n === Math.floor(from / MiB) ? one.subarray(from % MiB) : one;
    }
  };
  const start = (from: number) => (asked.push(from), Readable.from(contentFrom(from), { objectMode: false }));
  const whole = () => Buffer.concat([...contentFrom(0)]);
  return { asked, whole, body: { id, bytes: mebibytes * MiB, open: async (from: number) => start(from) } };
}

describeWhere(withoutOpenSsh)('an SFTP target', () => {
  beforeAll(startAll);
  afterAll(endAll);

  describe('is refused by the server, and says so:', () => {
    it('a wrong password', async () => {
      await fails(open({ password: async () => 'wrong' }).stat('x'), 'denied', ssh.username, 'password', 'HINT');
    });

    it('a wrong user', async () => {
      await fails(open({ username: 'nobody-here' }).stat('x'), 'denied', 'nobody-here', 'HINT');
    });

    it('a key that the server does not know, one that is locked, one that is opened wrongly, and none at all', async () => {
      const other = await startOpenSsh();
      const withKey = (key: string, passphrase?: string) => {
        const { password: _none, ...rest } = login();
        const keyPassphrase = passphrase === undefined ? {} : { keyPassphrase: async () => passphrase };
        const target = openSftpTarget({ ...rest, key: async () => key, ...keyPassphrase });
        opened.push(target);
        return target;
      };
      await fails(withKey(other.key).stat('x'), 'denied', 'this key', 'HINT');
      await other.end();
      await fails(withKey(ssh.key).stat('x'), 'denied', 'private key', 'HINT');
      await fails(withKey(ssh.key, 'canary-passphrase-wrong').stat('x'), 'denied', 'private key', 'HINT');
      await fails(withKey('canary-passphrase is no key').stat('x'), 'denied', 'private key', 'HINT');
      const right = withKey(ssh.key, canaries.passphrase);
      await right.put('by-key/object', bodyOf('x'));
      expect(await namesBelow(right, 'by-key')).toEqual(['by-key/object']);
    });
  });

  describe('knows its server by its key:', () => {
    const fingerprint = 'SHA256:[A-Za-z0-9+/]{43}';

    it('a server that nobody vouched for is refused with its fingerprint, and is not told the password', async () => {
      const { hostKey: _none, ...rest } = login();
      const before = await ssh.log();
      const target = openSftpTarget(rest);
      await fails(target.stat('x'), 'denied', 'not known', 'HINT', `ssh-ed25519 ${fingerprint}`);
      expect((await ssh.log()).slice(before.length)).not.toMatch(/password/);
    });

    it('another one, by a fingerprint and by a line of known_hosts', async () => {
      const others = [`SHA256:${'A'.repeat(43)}`, ssh.hostKey.replace(/.{10}$/, 'AAAAAAAAAA')];
      for (const hostKey of others)
        await fails(open({ hostKey }).stat('x'), 'denied', 'another one', 'HINT', fingerprint);
    });

    it('one whose keys are of another kind', async () => {
      const hostKey = `${ssh.server} ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQC7`;
      await fails(open({ hostKey }).stat('x'), 'precondition', 'no way to talk', 'HINT');
    });

    it('the fingerprint that the refusal names is taken, and so is a whole line of known_hosts', async () => {
      const error: unknown = await open({ hostKey: `SHA256:${'A'.repeat(43)}` })
        .stat('x')
        .catch((error: unknown) => error);
      const shown = new RegExp(fingerprint).exec((error as Error).message)![0];
      for (const hostKey of [shown, `[${ssh.server}]:${ssh.port} ${ssh.hostKey} a comment`])
        expect(await open({ hostKey }).stat('x')).toBeUndefined();
    });
  });

  describe('on a server that does not take anything:', () => {
    it('one that only reads is denied, and reading goes on', async () => {
      await open().put('read-only/object', bodyOf('x'));
      const reader = await startOpenSsh({ ...canaries, sftpServer: ['-R'] });
      const target = open({ port: reader.port, hostKey: reader.hostKey });
      await fails(target.put('read-only/object', bodyOf('y')), 'denied', 'HINT');
      await fails(target.put('read-only/new/object', bodyOf('y')), 'denied', 'HINT');
      await fails(target.remove('read-only/object'), 'denied', 'HINT');
      expect(String(await read(target, 'read-only/object'))).toBe('x');
      await target[Symbol.asyncDispose]();
      await reader.end();
    });

    testWhere(withoutDisks)(
      'a full disk is full, the old object stays, and there is room again afterwards',
      async () => {
        const small = await startOpenSsh({ ...canaries, diskBytes: 4 * MiB });
        const target = open({ port: small.port, hostKey: small.hostKey, path: small.root });
        await target.put('a/object', bodyOf('old'));
        const { body } = largeBody(9, 'too-large');
        await fails(target.put('a/object', body), 'full', 'bytes free', 'HINT');
        await fails(target.put('a/object', bodyOf(Buffer.alloc(6 * MiB))), 'full', 'HINT');
        await target.put('a/other', bodyOf(Buffer.alloc(2 * MiB)));
        expect(String(await read(target, 'a/object'))).toBe('old');
        expect(await namesBelow(target, '')).toEqual(['a/object', 'a/other']);
        await target[Symbol.asyncDispose]();
        await small.end();
      },
    );

    it('a directory that is absent is unavailable: its disk may not be mounted', async () => {
      const target = open({ path: join(ssh.root, 'not-there') });
      for (const operation of [target.stat('x'), target.put('x', bodyOf('x')), namesBelow(target, '')])
        await fails(operation, 'unavailable', 'not there', 'HINT');
      expect(await everythingIn(ssh.root)).not.toContain('not-there');
    });

    it('a name that the server cannot hold is invalid, and a folder in the way a conflict', async () => {
      const target = open();
      await fails(target.put('x'.repeat(300), bodyOf('x')), 'invalid', 'HINT');
      await target.put('folder/object', bodyOf('x'));
      await fails(target.put('folder', bodyOf('x')), 'conflict', 'HINT');
      await fails(target.put('folder/object/below', bodyOf('x')), 'conflict', 'HINT');
    });
  });

  describe('behind a network that fails:', () => {
    it('a connection that is reset in a put is unavailable, and the next call connects anew', async () => {
      const { target, root } = await behindProxy();
      const { body, flowing } = heldBody(Buffer.alloc(3 * MiB), Buffer.alloc(MiB));
      const put = target.put('object', body);
      put.catch(() => undefined);
      await Promise.race([flowing, put]);
      proxy.reset();
      await fails(put, 'unavailable', 'HINT');
      expect(String(await read(target, 'kept'))).toBe('kept');
      await target.clean?.('');
      expect(await everythingIn(root)).toEqual(['kept']);
    });

    it.each(['stall', 'abandon'] as const)('one that is dead (%s) is noticed in a put and in a get', async (how) => {
      const { target, fail, heal } = await behindDeadProxy();
      await target.put('large', bodyOf(Buffer.alloc(12 * MiB)));
      const { body, flowing } = heldBody(Buffer.alloc(3 * MiB), Buffer.alloc(MiB));
      const put = target.put('object', body);
      put.catch(() => undefined);
      await Promise.race([flowing, put]);
      fail(how);
      await fails(put, 'unavailable', 'silent|lost', 'HINT');
      heal();
      const stream = await target.get('large');
      for await (const chunk of stream) if ((chunk as Buffer).length > 0) break;
      const reading = target.get('large').then(async (one) => {
        fail(how);
        for await (const _chunk of one);
      });
      await fails(reading, 'unavailable', 'silent|lost');
      heal();
      expect(String(await read(target, 'kept'))).toBe('kept');
    });

    it('one that is never answered is unavailable', async () => {
      const { target, fail, heal } = await behindDeadProxy();
      fail('stall');
      await fails(target.stat('kept'), 'unavailable', 'no connection', 'HINT');
      heal();
      expect(await target.stat('kept')).toMatchObject({ bytes: 4 });
    });

    it('a stop is obeyed at once, though the server is silent', async () => {
      const { target, fail, heal } = await behindDeadProxy();
      const stop = new AbortController();
      const { body, flowing } = heldBody(Buffer.alloc(10 * MiB), Buffer.alloc(MiB));
      const put = target.put('object', body, { ...noControl(), signal: stop.signal });
      put.catch(() => undefined);
      await Promise.race([flowing, put]);
      fail('stall');
      stop.abort();
      await fails(put, 'cancelled');
      heal();
    });

    it('a get that is cut never just ends', async () => {
      const { target } = await behindProxy();
      await target.put('object', bodyOf(Buffer.alloc(12 * MiB)));
      for (const bytes of [300_000, 5 * MiB, 11 * MiB]) {
        const stream = await target.get('object');
        proxy.cutAfter(bytes, 'down');
        const reading = (async () => {
          for await (const _chunk of stream);
        })();
        await fails(reading, 'unavailable', 'HINT');
      }
    });

    it('a server that goes away and comes back is used again', async () => {
      const { target } = await behindProxy();
      expect(await target.stat('kept')).toMatchObject({ bytes: 4 });
      await proxy.refuse();
      for (let attempt = 1; attempt <= 3; attempt += 1) {
        await fails(target.stat('kept'), 'unavailable', 'HINT');
        await fails(target.put('object', bodyOf('x')), 'unavailable', 'ECONNREFUSED', 'HINT');
        await fails(namesBelow(target, ''), 'unavailable');
      }
      await proxy.accept();
      await target.put('object', bodyOf('x'));
      expect(await namesBelow(target, '')).toEqual(['kept', 'object']);
    });
  });

  describe('goes on with what a cut-off put has stored:', () => {
    it('each time that it is cut, with at most 64 MiB sent again in all', async () => {
      const { target, root } = await behindProxy();
      const { body, asked, whole } = largeBody(96, 'an-id');
      const before = proxy.passed.up;
      for (const bytes of [40 * MiB, 30 * MiB]) {
        proxy.cutAfter(bytes, 'up');
        await fails(target.put('a/object', body), 'unavailable');
        expect(await namesBelow(target, '')).toEqual(['kept']);
      }
      await target.put('a/object', body);
      expect(asked).toHaveLength(3);
      expect(asked[1]).toBeGreaterThan(20 * MiB);
      expect(asked[2]).toBeGreaterThan(40 * MiB);
      expect(proxy.passed.up - before).toBeLessThan((96 + 64) * MiB);
      expect((await read(target, 'a/object')).equals(whole())).toBe(true);
      expect(await everythingIn(root)).toEqual(['a', 'a/object', 'kept']);
    });

    it('but not with another body’s: that part is removed, and all is sent', async () => {
      const { target, root } = await behindProxy();
      const first = largeBody(40, 'first');
      proxy.cutAfter(30 * MiB, 'up');
      await fails(target.put('object', first.body), 'unavailable');
      expect((await everythingIn(root)).filter((name) => name.includes('.cairn-part-'))).toHaveLength(1);
      const second = largeBody(10, 'second');
      await target.put('object', second.body);
      expect(second.asked).toEqual([0]);
      expect(await everythingIn(root)).toEqual(['kept', 'object']);
      expect((await read(target, 'object')).equals(second.whole())).toBe(true);
    });

    it('not with one that is longer than the body', async () => {
      const { target, root } = await behindProxy();
      proxy.cutAfter(30 * MiB, 'up');
      await fails(target.put('object', largeBody(40, 'same').body), 'unavailable');
      const shorter = largeBody(9, 'same');
      await target.put('object', shorter.body);
      expect(shorter.asked).toEqual([0]);
      expect(readFileSync(join(root, 'object')).equals(shorter.whole())).toBe(true);
    });
  });

  it('names neither password nor passphrase nor key in any error', () => {
    const texts = thrown.map((error) => `${inspect(error, { depth: 20 })} ${JSON.stringify(error)}`).join('\n');
    expect(texts).toContain('BackupError');
    const secrets = [...Object.values(canaries), ...ssh.key.split('\n').filter((line) => line.length > 40)];
    expect(secrets.filter((secret) => texts.includes(secret))).toEqual([]);
  });
});

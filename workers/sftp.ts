import type { WorkerConfig } from '../model/config';
import type { SftpSpec } from '../model/sftp-schema';
import type { SftpTargetOptions } from '../targets/sftp';
import { secretNamed } from './secrets';

/** What a task says of an SFTP server, with functions that read its secrets in the place of their names. */
export function sftpOptionsOf(spec: SftpSpec, config: Pick<WorkerConfig, 'secrets'>): SftpTargetOptions {
  const { server, port, ipMode, username, hostKey, path } = spec;
  const { passwordSecret, keySecret, keyPassphraseSecret } = spec;
  return {
    server,
    port,
    username,
    path,
    ...(ipMode && { ipMode }),
    ...(hostKey && { hostKey }),
    ...(passwordSecret && { password: secretNamed(config, passwordSecret, server) }),
    ...(keySecret && { key: secretNamed(config, keySecret, server) }),
    ...(keyPassphraseSecret && { keyPassphrase: secretNamed(config, keyPassphraseSecret, server) }),
  };
}

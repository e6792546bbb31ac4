import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What openssl needs to be told before it lets somebody choose a certificate's dates. */
const settings = (folder: string) => `
[ca]
default_ca = own
[own]
database = ${folder}/index
new_certs_dir = ${folder}
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = DNS:localhost,IP:127.0.0.1
`;

/** Certificate and key of `localhost` and 127.0.0.1 that were valid in the year 2001; it is its own authority. */
export function makeExpiredTls(): { readonly key: Buffer; readonly cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-tls-'));
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const dates = ['-startdate', '20010101000000Z', '-enddate', '20020101000000Z'];
  try {
    writeFileSync(join(folder, 'index'), '');
    writeFileSync(join(folder, 'settings'), settings(folder));
    run('req', '-new', ...curve, '-subj', '/CN=localhost', '-keyout', 'key', '-out', 'request');
    const signing = ['-selfsign', '-keyfile', 'key', '-in', 'request', '-out', 'cert', '-notext'];
    run('ca', '-batch', '-config', 'settings', ...signing, ...dates);
    return { key: readFileSync(join(folder, 'key')), cert: readFileSync(join(folder, 'cert')) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

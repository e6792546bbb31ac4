import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [keyFile, certFile] = ['key.pem', 'cert.pem'].map((name) => join(__dirname, 'tls', name)) as [string, string];

/** Certificate and key of `localhost` and 127.0.0.1, and the file of the authority that signed it; for tests only. */
export const testTls = {
  ca: join(__dirname, 'tls', 'ca.pem'),
  keyFile,
  certFile,
  key: readFileSync(keyFile),
  cert: readFileSync(certFile),
};

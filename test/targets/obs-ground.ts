import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { BackupError } from '../../model/errors';
import type { BackupTarget } from '../../model/target';
import { openObs, type ObsOptions } from '../../targets/obs';
import { type Fault, type HttpProxy, type Seen, startHttpProxy } from '../kit/http-proxy';
import { newBucket } from '../kit/s3';
import { type SeaweedFs, startSeaweedFs } from '../servers/seaweedfs';

/** A bucket of a real store, behind a proxy that can fail. */
export interface ObsGround {
  readonly weed: SeaweedFs;
  readonly proxy: HttpProxy;
  readonly bucket: ObsOptions;
  /** Its secret key. */
  readonly canary: string;
  /** A place of its own; what goes through the proxy, and what sees the store as it is. */
  newPlace(more?: Partial<ObsOptions>): {
    readonly path: string;
    readonly target: BackupTarget;
    readonly direct: BackupTarget;
  };
  /** The error that it ends with: one of cairn's, with a hint and without the secret. */
  failureOf(operation: Promise<unknown>): Promise<BackupError>;
  end(): Promise<void>;
}

export async function openObsGround(): Promise<ObsGround> {
  const canary = `canary-${randomBytes(12).toString('hex')}`;
  const weed = await startSeaweedFs(canary);
  const proxy = await startHttpProxy(weed.port);
  const end = async () => {
    await proxy.close();
    await weed.end();
  };
  const bucket = await newBucket(weed).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  let count = 0;
  return {
    weed,
    proxy,
    bucket,
    canary,
    newPlace(more = {}) {
      const options = { ...bucket, path: `place/${(count += 1)}` };
      proxy.seen.length = 0;
      const target = openObs({ ...options, endpoint: `http://127.0.0.1:${proxy.port}`, ...more });
      return { path: options.path, target, direct: openObs(options) };
    },
    async failureOf(operation) {
      const error: unknown = await operation.then(
        (value) => `it went well: ${inspect(value)}`,
        (thrown: unknown) => thrown,
      );
      if (!(error instanceof BackupError)) throw new Error(`no BackupError: ${inspect(error)}`);
      // Whatever is shown of it, its causes too.
      expect(inspect(error, { depth: 20 })).not.toContain(canary);
      expect(String(error)).toContain('HINT: ');
      return error;
    },
    end,
  };
}

/** The store as S3 says no. */
export const refusing = (status: number, code: string, headers = {}): Fault => ({
  answer: { status, headers, body: xml(code) },
});
export const xml = (code: string) =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>said ${code}</Message></Error>`;
export const when = (is: (seen: Seen) => boolean, fault: Fault) => (seen: Seen) => (is(seen) ? fault : undefined);
export const isList = ({ method, path }: Seen) => method === 'GET' && path.includes('list-type=2');

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { ObsOptions } from '../../targets/obs';
import type { SeaweedFs } from '../servers/seaweedfs';
import { testTls } from './test-tls';

/** A client of the tests' own, to see what is really there. */
export function s3ClientOf({ endpoint, accessKeyId, secretKey }: SeaweedFs): S3Client {
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey: secretKey },
  });
}

/** A new bucket, and how a target in it is opened. */
export async function newBucket(weed: SeaweedFs, { objectLock = false } = {}): Promise<ObsOptions> {
  const bucket = `b-${randomBytes(6).toString('hex')}`;
  const client = s3ClientOf(weed);
  await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: objectLock }));
  client.destroy();
  return obsOptions(weed, { bucket });
}

export function obsOptions(weed: SeaweedFs, more: Partial<ObsOptions> = {}): ObsOptions {
  return {
    endpoint: weed.endpoint,
    region: 'us-east-1',
    bucket: 'none',
    path: 'cairn/sets',
    addressing: 'path',
    accessKeyId: weed.accessKeyId,
    secretKey: async () => weed.secretKey,
    ...more,
  };
}

/** The same place, over TLS. */
export function secured(weed: SeaweedFs, options: ObsOptions): ObsOptions {
  return { ...options, endpoint: weed.secureEndpoint, authority: () => readFile(testTls.ca, 'utf8') };
}

/** The keys of all objects of a target, also of those that it does not list. */
export async function everythingIn(weed: SeaweedFs, { bucket, path }: ObsOptions): Promise<string[]> {
  const { Contents = [] } = await s3ClientOf(weed).send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: `${path}/` }),
  );
  return Contents.map(({ Key }) => Key!);
}

/** The keys of its uploads that are neither completed nor aborted. */
export async function remainsIn(weed: SeaweedFs, { bucket, path }: ObsOptions): Promise<string[]> {
  const asked = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: `${path}/` });
  return ((await s3ClientOf(weed).send(asked)).Uploads ?? []).map(({ Key }) => Key!);
}

/** The ids of all versions of its objects. */
export async function versionsIn(weed: SeaweedFs, { bucket, path }: ObsOptions): Promise<string[]> {
  const asked = new ListObjectVersionsCommand({ Bucket: bucket, Prefix: `${path}/` });
  return ((await s3ClientOf(weed).send(asked)).Versions ?? []).map(({ VersionId }) => VersionId!);
}

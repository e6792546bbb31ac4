import type * as ClientS3 from '@aws-sdk/client-s3';

export type S3Package = typeof ClientS3;

/** The package is loaded when a store is asked for the first time: it takes 22 MB, which other workers do not need. */
export function loadS3Package(): S3Package {
  // It tells each process that its next versions want a newer Node: that is said to who updates it, not to who runs a worker.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('@aws-sdk/client-s3') as S3Package;
}

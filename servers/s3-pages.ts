import type { ListMultipartUploadsOutput, ListObjectsV2Output, ListPartsOutput } from '@aws-sdk/client-s3';
import { BackupError } from '../model/errors';
import type { S3Object, S3Options, S3Part, S3Upload } from './s3';

type Place = Pick<S3Options, 'endpoint' | 'bucket'>;

/**
 * The objects of a list, page by page. A page that is not of this bucket, or that goes on without saying where, is an error:
 * a list that ends early must never be taken for whole.
 */
export async function* objectPages(
  place: Place,
  page: (token: string | undefined) => Promise<ListObjectsV2Output>,
): AsyncGenerator<readonly S3Object[]> {
  for (let token: string | undefined, isLast = false; !isLast;) {
    const { Name, Contents = [], IsTruncated, NextContinuationToken } = await page(token);
    if (Name !== place.bucket) throw notOfBucket(place);
    yield Contents.flatMap(({ Key, Size }) =>
      Key === undefined || Size === undefined ? [] : [{ key: Key, bytes: Size }],
    );
    isLast = IsTruncated !== true;
    if (!isLast) token = next(place, token, NextContinuationToken);
  }
}

interface UploadsAfter {
  readonly KeyMarker?: string;
  readonly UploadIdMarker?: string;
}

export async function* uploadsIn(
  place: Place,
  page: (after: UploadsAfter) => Promise<ListMultipartUploadsOutput>,
): AsyncGenerator<S3Upload> {
  for (let after: UploadsAfter = {}, isLast = false; !isLast;) {
    const answer = await page(after);
    if (answer.Bucket !== undefined && answer.Bucket !== place.bucket) throw notOfBucket(place);
    for (const { Key, UploadId } of answer.Uploads ?? [])
      if (Key !== undefined && UploadId !== undefined) yield { key: Key, id: UploadId };
    isLast = answer.IsTruncated !== true;
    if (isLast) return;
    const { NextKeyMarker, NextUploadIdMarker } = answer;
    next(
      place,
      `${after.KeyMarker}\0${after.UploadIdMarker}`,
      NextKeyMarker && `${NextKeyMarker}\0${NextUploadIdMarker}`,
    );
    after = {
      ...(NextKeyMarker !== undefined && { KeyMarker: NextKeyMarker }),
      ...(NextUploadIdMarker !== undefined && { UploadIdMarker: NextUploadIdMarker }),
    };
  }
}

export async function partsIn(
  place: Place,
  page: (after: string | undefined) => Promise<ListPartsOutput>,
): Promise<readonly S3Part[]> {
  const parts: S3Part[] = [];
  for (let after: string | undefined, isLast = false; !isLast;) {
    const { Parts = [], IsTruncated, NextPartNumberMarker } = await page(after);
    for (const { PartNumber: number, Size: bytes, ETag: tag } of Parts)
      if (number !== undefined && bytes !== undefined && tag !== undefined) parts.push({ number, bytes, tag });
    isLast = IsTruncated !== true;
    if (!isLast) after = next(place, after, NextPartNumberMarker);
  }
  return parts;
}

/** Where the next page begins; one that begins where this one did would have no end. */
function next({ endpoint }: Place, before: string | undefined, after: string | undefined): string {
  if (after !== undefined && after !== '' && after !== before) return after;
  throw new BackupError('unavailable', `${endpoint} broke off a list`, { hint: 'see the log of the store' });
}

function notOfBucket({ endpoint, bucket }: Place): BackupError {
  return new BackupError('precondition', `${endpoint} did not answer for the bucket ${bucket}`, {
    hint: 'the store may want the other addressing (path or virtualHost), or the endpoint is not its',
  });
}
